"""Blocking work in the event loop, and in a thread that nobody can stop.

A file of sixty blocks, and the same patience as in offload.

Notice: the timeout is not kept either time, and called directly the work stops all of trio.
Run: python -m examples offload_broken
Page: docs/patterns/spawning/offload.md
"""

from __future__ import annotations

import hashlib
import time

import trio

REAL_TIME = True  # threads know nothing of a virtual clock
BLOCKS = 60


def hash_file(done: list[int]) -> str:
    digest = hashlib.sha256()
    for block in range(BLOCKS):
        # BUG: it never asks whether anybody still wants the result
        time.sleep(0.005)  # reading from a slow disk
        digest.update(bytes(1000))
        done.append(block)
    return digest.hexdigest()


async def tick(ticks: list[float]) -> None:
    while True:
        await trio.sleep(0.005)
        ticks.append(trio.current_time())


async def main() -> None:
    for where in ("in the event loop", "in a thread"):
        done: list[int] = []
        ticks: list[float] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick, ticks)
            with trio.move_on_after(0.05):  # noqa: ASYNC912
                if where == "in a thread":
                    await trio.to_thread.run_sync(hash_file, done)
                else:
                    hash_file(done)  # BUG: no other task runs, no signal is heard, no timeout expires
            nursery.cancel_scope.cancel()
        print(
            f"{where}: after a timeout of 0.05 s, {len(done)} of {BLOCKS} blocks = {len(done) * 5} ms of work"
        )
        print(f"{where}: trio was alive meanwhile: {len(ticks) > 1}")


if __name__ == "__main__":
    trio.run(main)
