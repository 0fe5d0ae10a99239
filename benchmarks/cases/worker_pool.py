"""``open_worker_pool``, against loops on a memory channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from trio_patterns.backpressure import open_worker_pool

from ..model import Contender, Work, faster
from ..timed import Sizes, TimedCase
from .shared import numbers

__all__ = ["CASES"]

WORKERS = 4
BUFFER = 100


Job = Callable[[int], Awaitable[None]]


def _trivial(done: list[int]) -> Job:
    async def job(item: int) -> None:
        done.append(item)

    return job


def _waiting(done: list[int]) -> Job:
    async def job(item: int) -> None:
        await trio.lowlevel.checkpoint()
        done.append(item)

    return job


def _pool(make_job: Callable[[list[int]], Job]) -> Work:
    async def run(n: int) -> list[int]:
        done: list[int] = []
        async with open_worker_pool(make_job(done), workers=WORKERS, buffer=BUFFER) as pool:
            for item in range(n):
                await pool.submit(item)
        return done

    return run


def _loops(make_job: Callable[[list[int]], Job]) -> Work:
    async def run(n: int) -> list[int]:
        done: list[int] = []
        job = make_job(done)

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

    return run


OWN = "open_worker_pool"
CHANNEL = "memory channel(100) + 4 loops"
OWN_WAITS = "open_worker_pool, jobs wait"
CHANNEL_WAITS = "channel(100) + 4 loops, jobs wait"

POOL = TimedCase(
    slug="worker-pool",
    title="open_worker_pool, submit to done",
    contenders=(
        Contender(OWN, lambda: _pool(_trivial)),
        Contender(CHANNEL, lambda: _loops(_trivial)),
        Contender(OWN_WAITS, lambda: _pool(_waiting)),
        Contender(CHANNEL_WAITS, lambda: _loops(_waiting)),
    ),
    targets=(
        faster(
            "open_worker_pool, submit to done, trivial job, against trio memory channel(100) + worker loops",
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
