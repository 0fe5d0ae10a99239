"""``Stream.map`` with a limit, against ten bare loops over the same iterator."""

from __future__ import annotations

from trio_patterns.streams import stream

from ..model import Contender, at_most
from ..timed import Sizes, TimedCase
from .shared import bare_loops, numbers, one_checkpoint, returned_at_once

__all__ = ["CASES"]


async def _unordered(n: int) -> list[int]:
    return await stream(range(n)).map(one_checkpoint, limit=10, ordered=False).collect()


async def _ordered(n: int) -> list[int]:
    return await stream(range(n)).map(one_checkpoint, limit=10).collect()


async def _opened(n: int, *, ordered: bool) -> list[int]:
    results: list[int] = []
    async with stream(range(n)).map(one_checkpoint, limit=10, ordered=ordered).open() as items:
        async for item in items:
            results.append(item)  # noqa: PERF401 - the loop is what is measured
    return results


async def _opened_unordered(n: int) -> list[int]:
    return await _opened(n, ordered=False)


async def _opened_ordered(n: int) -> list[int]:
    return await _opened(n, ordered=True)


async def _map_that_never_suspends(n: int) -> list[int]:
    return await stream(range(n)).map(returned_at_once, limit=10).collect()


async def _plain_loop(n: int) -> list[int]:
    results: list[int] = []
    for item in range(n):
        results.append(await returned_at_once(item))  # noqa: PERF401
    return results


UNORDERED = "map(ordered=False).collect()"
ORDERED = "map().collect()"
OPENED = "map(ordered=False).open()"
OPENED_ORDERED = "map().open()"
LOOPS = "10 bare loops"

STREAM_MAP = TimedCase(
    slug="stream-map",
    title="Stream.map(fn, limit=10), fn = one checkpoint",
    contenders=(
        Contender(UNORDERED, lambda: _unordered),
        Contender(ORDERED, lambda: _ordered),
        Contender(OPENED, lambda: _opened_unordered),
        Contender(OPENED_ORDERED, lambda: _opened_ordered),
        Contender(LOOPS, lambda: bare_loops),
    ),
    targets=(
        at_most(
            "map(fn, limit=10, ordered=False).collect(), fn = one checkpoint, "
            "against 10 bare loops over the same iterator",
            UNORDERED,
            LOOPS,
            1.15,
            1.05,
        ),
        at_most("the same, ordered", ORDERED, LOOPS, 1.2, 1.08),
        at_most(
            "the same through open() and async for, against the 10 bare loops", OPENED, LOOPS, 1.45, 1.28
        ),
        at_most("... ordered, through open() and async for", OPENED_ORDERED, LOOPS, 1.45, 1.28),
    ),
    sizes=Sizes(full=20_000, quick=5_000, rounds=21, quick_rounds=7),
    expected=numbers,
    normal=sorted,
)

NEVER_SUSPENDS = TimedCase(
    slug="never-suspends",
    title="map(limit=10) of a function that never suspends",
    contenders=(
        Contender("map(limit=10).collect()", lambda: _map_that_never_suspends),
        Contender("plain loop", lambda: _plain_loop),
    ),
    targets=(
        at_most(
            "fn that never suspends, map(limit=10).collect(), against a plain loop awaiting it",
            "map(limit=10).collect()",
            "plain loop",
            2.5,
            1.6,
        ),
    ),
    sizes=Sizes(full=100_000, quick=20_000, rounds=21, quick_rounds=7),
    expected=numbers,
)

CASES = (STREAM_MAP, NEVER_SUSPENDS)
