"""Blocking work in a thread that asks whether it should stop, and CPU work in a process.

A thread hashes a file of a hundred blocks; we lose patience long before it is done.
Compare with offload_broken.

Notice: the thread stops soon after the timeout, and trio kept ticking all the time.
Run: python -m examples offload
Page: docs/patterns/spawning/offload.md
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
import zlib
from concurrent.futures import ProcessPoolExecutor

import trio

from trio_patterns.spawning import offload

REAL_TIME = True  # threads and processes know nothing of a virtual clock
BLOCKS = 100


def hash_file(done: list[int]) -> str:
    digest = hashlib.sha256()
    for block in range(BLOCKS):
        # No thread can be stopped from outside. This one asks, once for each block.
        trio.from_thread.check_cancelled()
        time.sleep(0.005)  # reading from a slow disk
        digest.update(bytes(1000))
        done.append(block)
    return digest.hexdigest()


async def tick(ticks: list[float]) -> None:
    while True:
        await trio.sleep(0.005)
        ticks.append(trio.current_time())


async def main() -> None:
    done: list[int] = []
    ticks: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick, ticks)
        with trio.move_on_after(0.05) as scope:
            await offload(hash_file, done)
        nursery.cancel_scope.cancel()
    print(f"timed out: {scope.cancelled_caught}, stopped before the last block: {len(done) < BLOCKS}")
    print(f"trio was alive meanwhile: {len(ticks) > 1}")

    # A thread shares the interpreter with trio; a process does not. The same call, another executor. A real
    # program opens one pool at its start, and leaves its block at the end: that waits, blocking trio.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        checksum = await offload(zlib.crc32, b"x" * 1_000_000, executor=pool)
        elsewhere = await offload(os.getpid, executor=pool) != os.getpid()
    print(f"checksum {checksum:08x}, computed in another process: {elsewhere}")


if __name__ == "__main__":
    trio.run(main)
