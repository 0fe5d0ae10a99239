"""``open_worker_pool``, against loops on a memory channel."""

from __future__ import annotations

import trio

from trio_patterns.backpressure import open_worker_pool

from ..model import Contender, faster
from ..timed import Sizes, TimedCase
from .shared import numbers

__all__ = ["CASES"]

WORKERS = 4
BUFFER = 100


async def _own(n: int) -> list[int]:
    done: list[int] = []

    async def job(item: int) -> None:
        done.append(item)

    async with open_worker_pool(job, workers=WORKERS, buffer=BUFFER) as pool:
        for item in range(n):
            await pool.submit(item)
    return done


async def _channel(n: int) -> list[int]:
    done: list[int] = []

    async def job(item: int) -> None:
        done.append(item)

    async def work(jobs: trio.MemoryReceiveChannel[int]) -> None:
        with jobs:
            async for item in jobs:
                await job(item)

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](BUFFER)
        with send, receive:
            for _ in range(WORKERS):
                nursery.start_soon(work, receive.clone())
            for item in range(n):
                await send.send(item)
    return done


async def _own_that_waits(n: int) -> list[int]:
    done: list[int] = []

    async def job(item: int) -> None:
        await trio.lowlevel.checkpoint()
        done.append(item)

    async with open_worker_pool(job, workers=WORKERS, buffer=BUFFER) as pool:
        for item in range(n):
            await pool.submit(item)
    return done


async def _channel_that_waits(n: int) -> list[int]:
    done: list[int] = []

    async def work(jobs: trio.MemoryReceiveChannel[int]) -> None:
        with jobs:
            async for item in jobs:
                await trio.lowlevel.checkpoint()
                done.append(item)

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](BUFFER)
        with send, receive:
            for _ in range(WORKERS):
                nursery.start_soon(work, receive.clone())
            for item in range(n):
                await send.send(item)
    return done


OWN = "open_worker_pool"
CHANNEL = "memory channel(100) + 4 loops"
OWN_WAITS = "open_worker_pool, job = one checkpoint"
CHANNEL_WAITS = "memory channel(100) + 4 loops, job = one checkpoint"

POOL = TimedCase(
    slug="worker-pool",
    title="open_worker_pool, submit to done",
    contenders=(
        Contender(OWN, lambda: _own),
        Contender(CHANNEL, lambda: _channel),
        Contender(OWN_WAITS, lambda: _own_that_waits),
        Contender(CHANNEL_WAITS, lambda: _channel_that_waits),
    ),
    targets=(
        faster(
            "open_worker_pool, submit to done, trivial job, "
            "against trio memory channel(100) + worker loops",
            OWN,
            CHANNEL,
            3,
            8,
        ),
        faster("... with a job of one checkpoint", OWN_WAITS, CHANNEL_WAITS),
    ),
    sizes=Sizes(full=20_000, quick=5_000),
    expected=numbers,
    normal=sorted,
    unit="job",
)

CASES = (POOL,)
