"""One source for two consumers: the slow one may be three readings behind, then the source waits.

A sensor answers in 0.1 s. A display shows each reading at once; an archive takes 0.5 s for each.

Notice: nothing stored is older than 2.4 s, for the source waits; once the archive leaves, it no longer does.
Run: python -m examples broadcast
Page: docs/patterns/streams/broadcast.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from trio_patterns.streams import Stream, stream

start = 0.0
taken: dict[int, float] = {}  # {reading: when}
shown = stored = most = 0
oldest = 0.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def take_readings() -> AsyncIterator[int]:  # noqa: ASYNC900 - the stream closes it
    for reading in range(20):
        await trio.sleep(0.1)
        taken[reading] = trio.current_time()
        yield reading


def show(reading: int) -> None:
    global shown, most
    shown += 1
    most = max(most, shown - stored)
    if shown % 5 == 0:
        say(f"shown {shown}, stored {stored}")


async def store(reading: int) -> None:
    global stored, oldest
    await trio.sleep(0.5)
    stored += 1
    oldest = max(oldest, trio.current_time() - taken[reading])


async def run(display: Stream[int], archive: Stream[int]) -> None:
    global start, shown, stored, most, oldest
    shown = stored = most = 0
    start, oldest = trio.current_time(), 0.0
    # Both at the same time: a side that nobody runs would hold the source back for good.
    async with trio.open_nursery() as nursery:
        nursery.start_soon(display.for_each, show)
        nursery.start_soon(archive.for_each, store)


async def main() -> None:
    readings = stream(take_readings)  # a description: each block below runs it once

    async with readings.broadcast(2, buffer=3) as (display, archive):
        await run(display, archive)
    say(f"stored {stored}, {most} behind at most (one in hand, three wait), up to {oldest:.1f} s old")

    print("the same, but the archive may miss some, so that nobody waits for it:")
    async with readings.broadcast(2, buffer=3) as (display, archive):
        await run(display, archive.buffer(3, "drop_oldest"))
    say(f"stored {stored}")

    print("the same, but the archive wants no more than five:")
    async with readings.broadcast(2, buffer=3) as (display, archive):
        await run(display, archive.take(5))

    print("every reading to one of two:")
    alarms: list[int] = []
    async with (
        stream(range(12)).partition(lambda reading: reading > 9) as (high, normal),
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(high.for_each, alarms.append)
        count = await normal.count()
    print(f"{count} normal, alarms: {alarms}")


if __name__ == "__main__":
    trio.run(main)
