"""Readings are stored two at a time. What is open at the end is left over, whatever the end is."""

import trio

from trio_patterns.testing import cancel_sweep

taken: list[int] = []
stored: list[int] = []
left_over: list[int] = []


async def store(batch: list[int]) -> None:
    await trio.sleep(1)
    stored.extend(batch)


async def collect(readings: trio.MemoryReceiveChannel[int]) -> None:
    batch: list[int] = []
    try:
        async for reading in readings:
            taken.append(reading)
            batch.append(reading)
            if len(batch) == 2:
                await store(batch)
                batch = []
    finally:
        left_over.extend(batch)


async def station() -> None:
    for account in [taken, stored, left_over]:
        account.clear()
    send, receive = trio.open_memory_channel[int](5)
    for reading in range(5):
        send.send_nowait(reading)
    send.close()
    await collect(receive)


def test_every_reading_is_somewhere() -> None:
    print(cancel_sweep(station, check=lambda: taken == stored + left_over))
