"""A hundred clients in step.

Any length up to a cap that doubles: "full jitter".
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
        await trio.sleep(chance.uniform(0, min(30, 2**number)))
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
