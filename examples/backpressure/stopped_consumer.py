"""A consumer that stops says so: for the producer that is a normal end.

A producer, which outlives its consumer, hands it ten jobs; the disk is full after the third.

Notice: the producer stops at once, knows why, and knows what was not taken; the pool hands back the rest.
Run: python -m examples stopped_consumer
Page: docs/patterns/backpressure/producer-consumer.md
"""

from __future__ import annotations

import trio

from trio_patterns.backpressure import WorkerPool, open_worker_pool


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def store(job: int) -> None:
    await trio.sleep(0.1)
    if job == 3:
        raise OSError("disk full")
    say(f"stored job {job}")


async def producer(pool: WorkerPool[int], progress: list[int]) -> None:
    for job in range(1, 11):
        try:
            await pool.submit(job)
        except trio.BrokenResourceError as end:
            # Not a crash: there is nobody to produce for any more. `__cause__` is what broke the pool.
            say(f"producer stops: {end.__cause__}; from job {job} on, {11 - job} jobs are unsent")
            return
        progress.append(job)


async def main() -> None:
    global START
    START = trio.current_time()
    progress: list[int] = []
    async with trio.open_nursery() as nursery:
        try:
            async with open_worker_pool(store, workers=1, buffer=1) as pool:
                # It may well outlive the pool: that is what this example is about.
                nursery.start_soon(producer, pool, progress)  # noqa: ASYNC111
                await trio.sleep_forever()
        except OSError as error:
            say(f"pool ends: {error}")
    print(f"jobs sent: {len(progress)}, {pool.ledger}")
    print(f"failed: {[job for job, _ in pool.failures]}, handed back: {pool.returned}")


if __name__ == "__main__":
    trio.run(main)
