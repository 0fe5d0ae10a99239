"""The buffer that never says no.

A sensor is read as fast as the reader likes, 10 times a second.
Each value is then stored, which takes 1 s.
So that the reader never waits, there is an infinite buffer between the two.

Mend `record`: never more than `room` values wait to be stored, so that no value is much older than that.
The reader waits then; every value is stored, in order.
It ends when the sensor ends, with all values stored.

Before you run it: after one minute, how many values wait, and how old is the one that is being stored?
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

Read = Callable[[], Awaitable[float | None]]


async def record(read: Read, store: Callable[[float], Awaitable[None]], room: int) -> None:
    send, receive = trio.open_memory_channel[float](math.inf)

    async def reader() -> None:
        with send:
            while (value := await read()) is not None:
                await send.send(value)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        async for value in receive:
            await store(value)


async def main() -> None:
    values = stored = 0
    age = 0.0

    async def read() -> float | None:
        nonlocal values
        await trio.sleep(0.1)
        values += 1
        return trio.current_time()

    async def store(value: float) -> None:
        nonlocal stored, age
        age = trio.current_time() - value
        await trio.sleep(1)
        stored += 1

    with trio.move_on_after(60.05):
        await record(read, store, room=5)
    print(f"read: {values}, stored: {stored}, waiting: {values - stored - 1}")
    print(f"the value that is being stored is {age:.1f} s old")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
