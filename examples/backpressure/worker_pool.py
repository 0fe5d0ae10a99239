"""Worker pool: every job that was accepted is done, failed, or handed back.

Three workers save records, one a second each; after 2.5 seconds the program is told to stop.

Notice: the pool accepted 14 records and saved 6; the other 8 come back, in order, for the next run.
Run: python -m examples worker_pool
Page: docs/patterns/backpressure/worker-pool.md
"""

from __future__ import annotations

import trio

from trio_patterns.backpressure import open_worker_pool

sent: list[int] = []
saved: list[int] = []


async def save(record: int) -> None:
    await trio.sleep(1)
    saved.append(record)


async def main() -> None:
    sent.clear()
    saved.clear()
    with trio.move_on_after(2.5):
        # Capacity is workers + buffer: 3 in the workers' hands and 5 that wait. The ninth submit waits too.
        async with open_worker_pool(save, workers=3, buffer=5) as pool:
            for record in range(20):
                await pool.submit(record)
                sent.append(record)
    print(f"sent: {len(sent)}")
    print(f"saved: {len(saved)}")
    # A real program would write these to a file, or leave them unacknowledged in the broker. The first three
    # were in flight: whether half of such a job has had effects is for the job to say.
    print(f"handed back: {len(pool.returned)}, namely {pool.returned}")
    print(f"lost: {len(sent) - len(saved) - len(pool.returned)}")
    print(pool.ledger)


if __name__ == "__main__":
    trio.run(main)
