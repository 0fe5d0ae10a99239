"""A hundred clients in step.

A server restarts, and a hundred clients lose it in the same moment.
Each tries again after 1, 2, 4, 8, ... s, up to seven times.

Mend `reconnect`: a pause is at most 30 s long.
Pauses are spread: of a hundred clients that fail together at most a third come back in the same tenth of a
second, after each try.
Pauses still grow: the fifth is at least 4 s long on average.
Use `chance`, of which each client has one of its own; after seven requests the last error is raised.

Before you run it: how many requests does the server get at 1.0 s, and when does a client try for the last
time?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

import trio
from trio.testing import MockClock


async def reconnect(connect: Callable[[], Awaitable[str]], chance: Random) -> str:
    for number in range(6):
        try:
            return await connect()
        except ConnectionError:
            pass
        await trio.sleep(2**number)
    return await connect()


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
