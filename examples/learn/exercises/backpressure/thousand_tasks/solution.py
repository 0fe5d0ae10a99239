"""A thousand at once.

The permit is taken before the task is started, so a name is read only when there is room for its call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator

import trio
from trio.testing import MockClock


async def call_all(call: Callable[[str], Awaitable[int]], names: Iterable[str], limit: int) -> list[int]:
    results: dict[int, int] = {}
    room = trio.Semaphore(limit)

    async def call_one(index: int, name: str) -> None:
        try:
            results[index] = await call(name)
        finally:
            room.release()

    async with trio.open_nursery() as nursery:
        for index, name in enumerate(names):
            await room.acquire()
            nursery.start_soon(call_one, index, name)
    return [results[index] for index in sorted(results)]


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
