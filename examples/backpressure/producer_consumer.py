"""Producer and consumer with backpressure: the producer waits, the queue stays short, the news stays fresh.

A sensor gives 20 readings a second; storing one takes 0.1 s, so one consumer stores 10 a second.

Notice: the queue never holds more than 5; the price shows in `seconds_waited`, and more workers pay it.
Run: python -m examples producer_consumer
Page: docs/patterns/backpressure/producer-consumer.md
"""

from __future__ import annotations

import trio

from trio_patterns.backpressure import open_worker_pool


async def run(workers: int) -> None:
    start = trio.current_time()
    latest_age = 0.0

    async def store(reading: float) -> None:
        nonlocal latest_age
        await trio.sleep(0.1)
        latest_age = trio.current_time() - start - reading

    async with open_worker_pool(store, workers=workers, buffer=5) as pool, trio.open_nursery() as nursery:

        async def sensor() -> None:
            # The sensor is read when there is room for the reading. What a reading missed means is for the
            # application to say: here the next one is as good.
            for n in range(1, 250):
                await trio.sleep_until(start + n / 20 - 0.02)
                await pool.submit(trio.current_time() - start)

        nursery.start_soon(sensor)
        for second in (2, 4):
            await trio.sleep_until(start + second)
            queued = pool.statistics().queued
            print(f"t={second:.1f} queued: {queued}, stored ones are {latest_age:.1f} s old")
        nursery.cancel_scope.cancel()
    statistics = pool.statistics()
    print(f"peak_queued={statistics.peak_queued} seconds_waited={statistics.seconds_waited:.1f}")


async def main() -> None:
    for workers in (1, 3):
        print(f"workers: {workers}")
        await run(workers)


if __name__ == "__main__":
    trio.run(main)
