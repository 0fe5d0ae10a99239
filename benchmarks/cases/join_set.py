"""Join sets, against bare ``start_soon`` and what collects results elsewhere. All run on trio."""

from __future__ import annotations

import trio

from trio_patterns.spawning import open_join_set

from ..model import Contender, Work, at_most, faster
from ..timed import Sizes, TimedCase
from .shared import numbers, one_checkpoint

__all__ = ["CASES"]


async def _own_dropped(n: int) -> list[int]:
    results: list[int] = []
    async with open_join_set() as tasks:
        for item in range(n):
            tasks.spawn(one_checkpoint, item)
        async for handle in tasks:
            results.append(handle.result())  # noqa: PERF401
    return results


async def _own_kept(n: int) -> list[int]:
    results: list[int] = []
    async with open_join_set() as tasks:
        handles = [tasks.spawn(one_checkpoint, item) for item in range(n)]
        async for handle in tasks:
            results.append(handle.result())  # noqa: PERF401
    del handles
    return results


async def _start_soon(n: int) -> list[int]:
    results: list[int] = []

    async def run(item: int) -> None:
        results.append(await one_checkpoint(item))

    async with trio.open_nursery() as nursery:
        for item in range(n):
            nursery.start_soon(run, item)
    return results


def _aioresult() -> Work:
    from aioresult import ResultCapture, results_to_channel

    async def run(n: int) -> list[int]:
        results: list[int] = []
        async with trio.open_nursery() as nursery:
            send, receive = trio.open_memory_channel[ResultCapture[int]](0)
            captures = [ResultCapture.start_soon(nursery, one_checkpoint, item) for item in range(n)]
            nursery.start_soon(results_to_channel, captures, send)
            async for capture in receive:
                results.append(capture.result())  # noqa: PERF401
        return results

    return run


def _anyio_handles() -> Work:
    import anyio

    async def run(n: int) -> list[int]:
        results: list[int] = []
        async with anyio.create_task_group() as group:
            handles = [group.start_soon(one_checkpoint, item) for item in range(n)]
            results += [await handle for handle in handles]
        return results

    return run


def _anyio_dropped() -> Work:
    import anyio

    async def run(n: int) -> list[int]:
        results: list[int] = []

        async def call(item: int) -> None:
            results.append(await one_checkpoint(item))

        async with anyio.create_task_group() as group:
            for item in range(n):
                group.start_soon(call, item)
        return results

    return run


def _anyio_as_completed() -> Work:
    import anyio

    async def run(n: int) -> list[int]:
        calls = [one_checkpoint(item) for item in range(n)]
        results: list[int] = []
        async with anyio.as_completed(*calls) as handles:
            results += [handle.return_value async for handle in handles]
        return results

    return run


DROPPED = "join set, handles dropped"
KEPT = "join set, handles kept"
BARE = "bare start_soon"
AIORESULT = "aioresult results_to_channel"
ANYIO = "anyio task handles"
ANYIO_DROPPED = "anyio task group, handles dropped"
ANYIO_COMPLETED = "anyio.as_completed"

JOIN_SET = TimedCase(
    slug="join-set",
    title="10,000 tasks of one checkpoint, results in completion order",
    contenders=(
        Contender(DROPPED, lambda: _own_dropped),
        Contender(KEPT, lambda: _own_kept),
        Contender(BARE, lambda: _start_soon),
        Contender(AIORESULT, _aioresult, needs="aioresult"),
        Contender(ANYIO, _anyio_handles, needs="anyio"),
        Contender(ANYIO_DROPPED, _anyio_dropped, needs="anyio"),
        Contender(ANYIO_COMPLETED, _anyio_as_completed, needs="anyio"),
    ),
    targets=(
        at_most(
            "join set of 10,000 tasks, results in completion order, against bare start_soon of the same",
            DROPPED,
            BARE,
            1.9,
            1.2,
            goal_text="1.2x where no task is ever cancelled alone",
        ),
        faster("... against aioresult's channel", DROPPED, AIORESULT, 2.5, 3.8),
        faster("... against anyio task handles", DROPPED, ANYIO, 2.5, 3.8),
        at_most("join set with its handles kept, against bare start_soon", KEPT, BARE),
        faster("join set with its handles kept, against aioresult's channel", KEPT, AIORESULT),
        faster("join set with its handles kept, against anyio task handles", KEPT, ANYIO),
        faster("join set, against anyio.as_completed", DROPPED, ANYIO_COMPLETED),
        faster("join set, against an anyio task group with its handles dropped", DROPPED, ANYIO_DROPPED),
    ),
    sizes=Sizes(full=10_000, quick=2_000, rounds=11),
    expected=numbers,
    normal=sorted,
    unit="task",
)

CASES = (JOIN_SET,)
