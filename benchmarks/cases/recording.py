"""What it costs that a timeline watches."""

from __future__ import annotations

import trio

from trio_patterns.timeline import record

from ..model import Contender, at_most
from ..timed import Sizes, TimedCase
from .shared import numbers, one_checkpoint

__all__ = ["CASES"]


async def _bare(n: int) -> list[int]:
    return [await one_checkpoint(item) for item in range(n)]


async def _recorded(n: int) -> list[int]:
    with record():
        return await _bare(n)


async def _waits(n: int) -> list[int]:
    """Hand each item from one task to another: both wait each time."""
    results: list[int] = []
    send, receive = trio.open_memory_channel[int](0)

    async def produce() -> None:
        with send:
            for item in range(n):
                await send.send(item)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        async for item in receive:
            results.append(item)  # noqa: PERF401
    return results


async def _waits_recorded(n: int) -> list[int]:
    with record(max_events=1_000):
        return await _waits(n)


OWN, BARE = "record", "nobody watches"

CHECKPOINTS = TimedCase(
    slug="recorded",
    title="a loop over a checkpoint, with a timeline that records it",
    contenders=(Contender(OWN, lambda: _recorded), Contender(BARE, lambda: _bare)),
    targets=(at_most("recorded checkpoints against unwatched ones", OWN, BARE, 1.25, 1.1),),
    sizes=Sizes(full=50_000, quick=10_000, rounds=21),
    expected=numbers,
    unit="step",
)

WAITS = TimedCase(
    slug="recorded-waits",
    title="items from task to task, a wait of both for each, with a timeline that records it",
    contenders=(Contender(OWN, lambda: _waits_recorded), Contender(BARE, lambda: _waits)),
    targets=(at_most("recorded waits against unwatched ones", OWN, BARE, 3.0, 2.0),),
    sizes=Sizes(full=10_000, quick=3_000),
    expected=numbers,
)

CASES = (CHECKPOINTS, WAITS)
