"""The permit that sleeps.

What is retried is "take a permit and request"; the policy pauses outside of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

from trio_patterns.retry import RetryPolicy, no_jitter, retry

policy = RetryPolicy(
    on=ConnectionError, attempts=3, base_delay=10, max_delay=10, timeout=None, jitter=no_jitter
)


async def fetch(request: Callable[[], Awaitable[str]], permits: trio.CapacityLimiter) -> str:
    async def once() -> str:
        async with permits:
            return await request()

    return await retry(once, policy=policy)


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
