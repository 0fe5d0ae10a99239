"""A herd that disperses: eight clients lose their server at once, and come back one by one.

The server answers in 0.1 s, two calls at a time, and refuses whoever comes while it is busy with two.

Notice: 20 calls instead of 28, after the first instant never more than four within a tenth of a second.
Run: python -m examples retry_herd
Page: docs/patterns/retry/jitter.md
"""

from __future__ import annotations

import random
from collections import Counter

import trio

from trio_patterns.retry import RetryPolicy, retry

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
    # Full jitter is the default: anything from nothing to the whole delay. A real app leaves `rng` out.
    policy = RetryPolicy(on=ConnectionError, base_delay=0.4, rng=random.Random(number))
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
