"""A hundred clients in step.

A policy spreads and caps its pauses by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

import trio
from trio.testing import MockClock

from trio_patterns.retry import RetryPolicy, equal_jitter, retry

policy = RetryPolicy(
    on=ConnectionError, attempts=7, base_delay=1, max_delay=30, timeout=None, jitter=equal_jitter
)


async def reconnect(connect: Callable[[], Awaitable[str]], chance: Random) -> str:
    return await retry(connect, policy=policy.with_(rng=chance))


async def main() -> None:
    requests: Counter[float] = Counter()

    async def connect() -> str:
        requests[round(trio.current_time(), 1)] += 1
        await trio.lowlevel.checkpoint()
        raise ConnectionError("the server restarts")

    async def client(number: int) -> None:
        try:
            await reconnect(connect, Random(number))
        except ConnectionError:
            pass

    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(client, number)
    for when, count in sorted(requests.items()):
        print(f"t={when:.1f} {count} requests in a tenth of a second")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
