"""The permit that sleeps.

The permit is taken for each try, and given back before the pause.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def fetch(request: Callable[[], Awaitable[str]], permits: trio.CapacityLimiter) -> str:
    for _ in range(2):
        try:
            async with permits:
                return await request()
        except ConnectionError:
            pass  # the pause stands outside of the block that holds the permit
        await trio.sleep(10)
    async with permits:
        return await request()


async def main() -> None:
    permits = trio.CapacityLimiter(2)
    served: list[float] = []

    async def customer(number: int) -> None:
        tries = 0

        async def request() -> str:
            nonlocal tries
            tries += 1
            await trio.sleep(1)
            if number < 2 and tries == 1:
                raise ConnectionError("reset by peer")
            return "the answer"

        await fetch(request, permits)
        if number >= 2:
            served.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(customer, number)
            await trio.sleep(0.01)
    print("the eight others were served at", " ".join(f"{when:.0f}" for when in served))


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
