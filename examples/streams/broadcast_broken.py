"""One source for two consumers, the naive way: a loop that fills a queue for each.

A sensor answers in 0.1 s. A display shows each reading at once; an archive takes 0.5 s for each.

Notice: the archive's queue grows by eight readings a second; what is stored last is 8.1 s old.
Run: python -m examples broadcast_broken
Page: docs/patterns/streams/broadcast.md
"""

from __future__ import annotations

import math

import trio

start = 0.0
taken: dict[int, float] = {}  # {reading: when}
shown = stored = most = 0
oldest = 0.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def take_reading(reading: int) -> int:
    await trio.sleep(0.1)
    taken[reading] = trio.current_time()
    return reading


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


async def show_all(readings: trio.MemoryReceiveChannel[int]) -> None:
    async for reading in readings:
        show(reading)


async def store_all(readings: trio.MemoryReceiveChannel[int]) -> None:
    async for reading in readings:
        await store(reading)


async def main() -> None:
    global start, shown, stored, most, oldest
    shown = stored = most = 0
    start, oldest = trio.current_time(), 0.0
    send_display, for_display = trio.open_memory_channel[int](math.inf)
    send_archive, for_archive = trio.open_memory_channel[int](math.inf)  # BUG: it takes whatever comes
    async with trio.open_nursery() as nursery:
        nursery.start_soon(show_all, for_display)
        nursery.start_soon(store_all, for_archive)
        with send_display, send_archive:
            for number in range(20):  # a real one would be endless
                reading = await take_reading(number)
                send_display.send_nowait(reading)
                send_archive.send_nowait(reading)
    say(f"stored {stored}, {most} behind at most, up to {oldest:.1f} s old")


if __name__ == "__main__":
    trio.run(main)
