"""A herd: eight clients lose their server at the same instant, and come back at the same instant.

The server answers in 0.1 s, two calls at a time, and refuses whoever comes while it is busy with two.

Notice: 28 calls in five instants, 20 of them refused; the last client is served after 6.1 s.
Run: python -m examples retry_herd_broken
Page: docs/patterns/retry/jitter.md
"""

from __future__ import annotations

from collections import Counter

import trio

from trio_patterns.retry import RetryPolicy, no_jitter, retry

CLIENTS = 8

start = 0.0
arrivals: Counter[str] = Counter()
refusals: Counter[str] = Counter()


class Server:
    """It was gone for a moment at t=0, and is weak."""

    def __init__(self) -> None:
        self.busy = 0

    async def request(self) -> str:
        await trio.lowlevel.checkpoint()
        now = f"t={trio.current_time() - start:.1f}"
        arrivals[now] += 1
        if now == "t=0.0" or self.busy == 2:
            refusals[now] += 1
            raise ConnectionResetError
        self.busy += 1
        await trio.sleep(0.1)
        self.busy -= 1
        return "answer"


async def client(server: Server, number: int) -> None:
    # BUG: the delays are the same for everybody, so whoever collided once collides again
    policy = RetryPolicy(on=ConnectionError, base_delay=0.4, jitter=no_jitter)
    await retry(server.request, policy=policy)


async def main() -> None:
    global start
    start = trio.current_time()
    arrivals.clear()
    refusals.clear()
    server = Server()
    async with trio.open_nursery() as nursery:
        for number in range(CLIENTS):
            nursery.start_soon(client, server, number, name=f"client {number}")
    end = trio.current_time() - start
    for moment in sorted(arrivals):
        print(f"{moment} calls: {arrivals[moment]}, refused: {refusals[moment]}")
    print(f"{arrivals.total()} calls, {refusals.total()} refused; everybody is served at t={end:.1f}")


if __name__ == "__main__":
    trio.run(main)
