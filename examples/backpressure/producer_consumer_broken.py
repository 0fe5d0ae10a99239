"""An unbounded queue: everything is fine until you ask how old the news is.

A sensor gives 20 readings a second; storing one takes 0.1 s, so one consumer stores 10 a second.

Notice: after 10 s there are 100 readings in the queue, and the one being stored is 5 s old.
Run: python -m examples producer_consumer_broken
Page: docs/patterns/backpressure/producer-consumer.md
"""

from __future__ import annotations

import math

import trio


async def main() -> None:
    start = trio.current_time()
    latest_age = 0.0

    async def store(reading: float) -> None:
        nonlocal latest_age
        await trio.sleep(0.1)
        latest_age = trio.current_time() - start - reading

    async def consumer(readings: trio.MemoryReceiveChannel[float]) -> None:
        async for reading in readings:
            await store(reading)

    async def sensor(send: trio.MemorySendChannel[float]) -> None:
        for n in range(1, 250):
            await trio.sleep_until(start + n / 20 - 0.02)
            await send.send(n / 20)

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[float](math.inf)  # BUG: no bound, so nobody ever waits
        nursery.start_soon(consumer, receive)
        nursery.start_soon(sensor, send)
        for second in (2, 4, 6, 8, 10):
            await trio.sleep_until(start + second)
            queued = send.statistics().current_buffer_used
            print(f"t={second:.1f} queued: {queued}, stored ones are {latest_age:.1f} s old")
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
