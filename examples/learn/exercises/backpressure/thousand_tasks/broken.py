"""A thousand at once.

A shop renews 1000 thumbnails.
A call takes 1 s, and the server takes 10 at a time: the eleventh is refused.
The list may have a million names some day, and is read from a file as you go.

Mend `call_all`: at most `limit` calls run at once, and as soon as one ends the next one begins.
The results are in the order of the names.
Names are taken from the file when they are needed: never more than `limit` + 1 ahead of the calls that have
ended.
A failure ends it all, as now.

Before you run it: how many calls run at once, and how many names have been read by then?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator

import trio
from trio.testing import MockClock


async def call_all(call: Callable[[str], Awaitable[int]], names: Iterable[str], limit: int) -> list[int]:
    results: dict[int, int] = {}

    async def call_one(index: int, name: str) -> None:
        results[index] = await call(name)

    async with trio.open_nursery() as nursery:
        for index, name in enumerate(names):
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
