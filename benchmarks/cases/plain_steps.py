"""A chain of five plain steps, against one loop that does the same."""

from __future__ import annotations

from trio_patterns.streams import stream

from ..model import Contender, at_most
from ..timed import Sizes, TimedCase

__all__ = ["CASES"]


def _plus_one(item: int) -> int:
    return item + 1


def _most(item: int) -> bool:
    return item % 10 != 0


def _twice(item: int) -> int:
    return item * 2


async def _plus_one_async(item: int) -> int:
    return item + 1


async def _most_async(item: int) -> bool:
    return item % 10 != 0


async def _twice_async(item: int) -> int:
    return item * 2


def _expected(n: int) -> list[tuple[int, int]]:
    kept = [item for item in range(1, n + 1) if item % 10]
    return [(index, 2 * item) for index, item in enumerate(kept)]


def _length(n: int) -> int:
    return n - n // 10  # so that `take` ends with the last item that passes, and the source is read to there


async def _chain(n: int) -> list[tuple[int, int]]:
    steps = stream(range(n)).map(_plus_one).filter(_most).map(_twice).enumerate().take(_length(n))
    return await steps.collect()


async def _loop(n: int) -> list[tuple[int, int]]:
    results: list[tuple[int, int]] = []
    most = _length(n)
    index = 0
    for item in range(n):
        raised = _plus_one(item)
        if not _most(raised):
            continue
        results.append((index, _twice(raised)))
        index += 1
        if index == most:
            break
    return results


async def _async_chain(n: int) -> list[tuple[int, int]]:
    steps = stream(range(n)).map(_plus_one_async).filter(_most_async).map(_twice_async)
    return await steps.enumerate().take(_length(n)).collect()


async def _async_loop(n: int) -> list[tuple[int, int]]:
    results: list[tuple[int, int]] = []
    most = _length(n)
    index = 0
    for item in range(n):
        raised = await _plus_one_async(item)
        if not await _most_async(raised):
            continue
        results.append((index, await _twice_async(raised)))
        index += 1
        if index == most:
            break
    return results


CHAIN = TimedCase(
    slug="plain-steps",
    title="map filter map enumerate take, as a chain and as a loop",
    contenders=(
        Contender("chain of 5 steps", lambda: _chain),
        Contender("hand-written loop", lambda: _loop),
        Contender("5 steps, async functions", lambda: _async_chain),
        Contender("one loop, async functions", lambda: _async_loop),
    ),
    targets=(
        at_most(
            "chain of 5 plain steps (map filter map enumerate take), per item, "
            "against the same five as one hand-written loop",
            "chain of 5 steps",
            "hand-written loop",
            8,
            4,
        ),
        at_most(
            "the chain of 5 steps with async functions, against a loop that awaits them",
            "5 steps, async functions",
            "one loop, async functions",
        ),
    ),
    sizes=Sizes(full=50_000, quick=20_000, rounds=21, quick_rounds=7),
    expected=_expected,
)

CASES = (CHAIN,)
