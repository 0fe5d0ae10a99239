"""The buffer that never says no.

A buffer with a bound: when it is full, `send` waits, and so does the reader.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

Read = Callable[[], Awaitable[float | None]]


async def record(read: Read, store: Callable[[float], Awaitable[None]], room: int) -> None:
    # One value is in the reader's hands while it waits for room.
    send, receive = trio.open_memory_channel[float](room - 1)

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
