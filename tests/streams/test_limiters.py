"""Limiter objects whose number of tokens changes while a stream runs."""

from __future__ import annotations

import pytest
import trio

from trio_patterns.streams import stream


def source(fed: bool, n: int):
    async def agen():
        for i in range(n):
            yield i

    return stream(agen) if fed else stream(range(n))


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("ordered", [True, False])
async def test_a_limiter_that_grows_is_used_up(fed: bool, ordered: bool, gauge, autojump_clock) -> None:
    limiter = trio.CapacityLimiter(1)
    watched = gauge.watch(lambda item: 1.0)

    def grow(item: int) -> None:
        if item == 1:
            limiter.total_tokens = 5

    found = []
    async with source(fed, 60).map(watched, limiter, ordered=ordered).open() as items:
        async for item in items:
            grow(item)
            found.append(item)
    assert gauge.most == 5
    assert sorted(found) == list(range(60))
    assert trio.current_time() <= 2 + 1 + 58 / 5 + 1


@pytest.mark.parametrize("slow", [0.0, 1.0], ids=["fn", "below"])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("ordered", [True, False])
async def test_a_limiter_that_shrinks_leaves_nobody_behind(
    fed: bool, ordered: bool, slow: float, gauge, autojump_clock
) -> None:
    """Tasks that wait for room are woken by results, and there are fewer of those from then on."""
    limiter = trio.CapacityLimiter(10)
    most_later = 0

    async def fn(item: int) -> int:
        nonlocal most_later
        await trio.sleep(0 if slow else 5 if item == 0 else 0.1)
        if item == 0:
            limiter.total_tokens = 1
        if item > 40:
            most_later = max(most_later, limiter.borrowed_tokens)
        return item

    found = []

    async def below(item: int) -> None:
        await trio.sleep(slow)
        found.append(item)

    with trio.fail_after(1000):
        await source(fed, 60).map(fn, limiter, ordered=ordered).map(below).drain()
    assert sorted(found) == list(range(60))
    if ordered or slow:
        assert most_later == 1
