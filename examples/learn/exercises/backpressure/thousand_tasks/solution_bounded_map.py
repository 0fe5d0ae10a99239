"""A thousand at once.

`bounded_map` is this exercise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator

import trio
from trio.testing import MockClock

from trio_patterns.backpressure import bounded_map


async def call_all(call: Callable[[str], Awaitable[int]], names: Iterable[str], limit: int) -> list[int]:
    return await bounded_map(call, names, limit=limit)


async def main() -> None:
    running = peak = read = 0

    async def call(name: str) -> int:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await trio.sleep(1)
        running -= 1
        return len(name)

    def names() -> Iterator[str]:
        nonlocal read
        for number in range(1000):
            read += 1
            yield f"{number}.png"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call_all, call, names(), 10)
        await trio.sleep(0.5)
        print(f"t=0.5 running: {running}, names read: {read}")
    print(f"t={trio.current_time():.1f} most at once: {peak}, with a limit of 10")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
