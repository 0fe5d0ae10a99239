"""``bounded_map`` against what bounds calls elsewhere."""

from __future__ import annotations

import asyncio

from trio_patterns.backpressure import bounded_map

from ..model import Contender, Work, at_most, faster
from ..timed import Sizes, TimedCase
from .shared import bare_loops, numbers, one_checkpoint, one_yield

__all__ = ["CASES"]

LIMIT = 10


async def _own(n: int) -> list[int]:
    return await bounded_map(one_checkpoint, range(n), limit=LIMIT)


def _aiometer() -> Work:
    import aiometer

    async def run(n: int) -> list[int]:
        async with aiometer.amap(one_checkpoint, range(n), max_at_once=LIMIT) as results:
            return [result async for result in results]

    return run


def _anyio() -> Work:
    import anyio

    async def run(n: int) -> list[int]:
        limiter = anyio.CapacityLimiter(LIMIT)

        async def call(item: int) -> int:
            async with limiter:
                return await one_checkpoint(item)

        return await anyio.amap(call, range(n))

    return run


def _aiostream() -> Work:
    from aiostream import pipe, stream

    async def run(n: int) -> list[int]:
        return await (stream.iterate(range(n)) | pipe.map(one_yield, task_limit=LIMIT) | pipe.list())

    return run


async def _semaphore_and_gather(n: int) -> list[int]:
    semaphore = asyncio.Semaphore(LIMIT)

    async def call(item: int) -> int:
        async with semaphore:
            return await one_yield(item)

    return await asyncio.gather(*[call(item) for item in range(n)])


async def _semaphore_and_task_group(n: int) -> list[int]:
    semaphore = asyncio.Semaphore(LIMIT)

    async def call(item: int) -> int:
        async with semaphore:
            return await one_yield(item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call(item)) for item in range(n)]
    return [task.result() for task in tasks]


async def _asyncio_loops(n: int) -> list[int]:
    results: list[int] = []
    items = iter(range(n))

    async def work() -> None:
        for item in items:
            results.append(await one_yield(item))  # noqa: PERF401

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(LIMIT)]
    del workers
    return results


OWN = "bounded_map"
AIOMETER = "aiometer.amap on trio"
ANYIO = "anyio.amap and CapacityLimiter on trio"
GATHER = "asyncio Semaphore + gather"
GROUP = "asyncio Semaphore + TaskGroup"
LOOPS_ASYNCIO = "10 bare loops on asyncio"
AIOSTREAM = "aiostream map(task_limit=10) on asyncio"
LOOPS = "10 bare loops"

BOUNDED_MAP = TimedCase(
    slug="bounded-map",
    title="bounded_map(fn, items, limit=10), fn = one checkpoint",
    contenders=(
        Contender(OWN, lambda: _own),
        Contender(LOOPS, lambda: bare_loops),
        Contender(AIOMETER, _aiometer, needs="aiometer"),
        Contender(ANYIO, _anyio, needs="anyio"),
        Contender(GATHER, lambda: _semaphore_and_gather, "asyncio"),
        Contender(GROUP, lambda: _semaphore_and_task_group, "asyncio"),
        Contender(LOOPS_ASYNCIO, lambda: _asyncio_loops, "asyncio"),
        Contender(AIOSTREAM, _aiostream, "asyncio", needs="aiostream"),
    ),
    targets=(
        faster("bounded_map, same work, against aiometer.amap on trio", OWN, AIOMETER, 10, 12),
        faster("... against asyncio Semaphore + gather", OWN, GATHER, 3, 3.8),
        faster("... against aiostream map with task_limit", OWN, AIOSTREAM, 14, 18),
        faster("bounded_map, against anyio.amap and CapacityLimiter on trio", OWN, ANYIO),
        faster("bounded_map, against asyncio Semaphore + TaskGroup", OWN, GROUP),
        faster("bounded_map, against 10 bare loops on asyncio", OWN, LOOPS_ASYNCIO),
        at_most("bounded_map, against 10 bare loops on trio", OWN, LOOPS),
    ),
    sizes=Sizes(full=5_000, quick=1_500, rounds=15),
    expected=numbers,
    normal=sorted,
)

CASES = (BOUNDED_MAP,)
