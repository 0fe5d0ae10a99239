"""The permit that sleeps.

A partner allows two requests at a time, and limits them with a permit each.
A request takes 1 s; one that fails is tried again after a pause of 10 s.
Two customers meet a failure, and eight others meet none.

Mend `fetch`: whoever pauses holds no permit.
At most as many requests run as the limiter allows, first tries and later ones together.
A request is tried three times; then its error is raised.

Before you run it: when are the eight others served?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def fetch(request: Callable[[], Awaitable[str]], permits: trio.CapacityLimiter) -> str:
    async with permits:
        for _ in range(2):
            try:
                return await request()
            except ConnectionError:
                await trio.sleep(10)
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
