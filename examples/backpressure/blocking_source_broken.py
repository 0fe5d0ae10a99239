"""A blocking generator in an async task stops every other task.

Five jobs are read from a source that takes 0.1 s for each, without async; a heart is to beat meanwhile.

Notice: the heart stands still during every single read, and so would timeouts and health checks.
Run: python -m examples blocking_source_broken
Page: docs/patterns/backpressure/producer-consumer.md
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import trio

from trio_patterns.backpressure import open_worker_pool

# Blocking is a matter of real time.
REAL_TIME = True

beats = silent_reads = 0


def generate_jobs() -> Iterator[int]:
    global silent_reads
    for job in range(5):
        before = beats
        time.sleep(0.1)  # a file on a slow disk, a database cursor, a big parser
        silent_reads += beats == before
        yield job


async def heart() -> None:
    global beats
    while True:
        beats += 1
        await trio.sleep(0.005)


async def work(job: int) -> None:
    await trio.sleep(0.01)


async def main() -> None:
    global silent_reads
    silent_reads = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heart)
        async with open_worker_pool(work, workers=2) as pool:
            for job in generate_jobs():  # BUG: each step of this loop blocks the whole program
                await pool.submit(job)
        nursery.cancel_scope.cancel()
    print(f"jobs done: {pool.ledger.succeeded}")
    print(f"reads during which the heart did not beat: {silent_reads} of 5")


if __name__ == "__main__":
    trio.run(main)
