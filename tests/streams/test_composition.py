"""Streams of streams: nested, merged, paired and chained; endless, empty and failing ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio

from trio_patterns.streams import Stream, stream


async def raising() -> AsyncIterator[int]:
    raise KeyError("source")
    yield 0


def fails(item: object) -> Any:
    raise ValueError(item)


@pytest.mark.parametrize("outer", [1, 3])
@pytest.mark.parametrize("inner", [1, 2])
@pytest.mark.parametrize("limit", [1, 4])
async def test_nested_flat_maps(outer: int, inner: int, limit: int, gauge, autojump_clock) -> None:
    watched = gauge.watch(lambda item: item % 3)
    described = stream(range(4)).flat_map(
        lambda x: stream(range(3)).flat_map(
            lambda y: stream([9 * x + 3 * y + z for z in range(3)]).map(watched, limit), inner
        ),
        outer,
    )
    found = await described.collect()
    assert sorted(found) == sorted(9 * x + 3 * y + z for x in range(4) for y in range(3) for z in range(3))
    assert gauge.most <= outer * inner * limit
    if outer == inner == 1:
        assert found == sorted(found)


@pytest.mark.parametrize("outer", [1, 3])
@pytest.mark.parametrize("inner", [1, 2])
async def test_a_failure_deep_inside_ends_all(outer: int, inner: int, gauge, tap, autojump_clock) -> None:
    async def fn(item: int) -> int:
        await gauge.watch(lambda item: 1.0)(item)  # type: ignore[misc]
        return fails(item) if item == 15 else item

    described = stream(tap.source()).flat_map(
        lambda x: stream(range(10)).flat_map(lambda y: stream([10 * x + y]).map(fn, 2), inner), outer
    )
    with pytest.raises(ValueError, match="15"):
        await described.collect()
    assert gauge.running == 0
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("outer", [1, 3])
async def test_enough_deep_inside_ends_all(outer: int, gauge, tap, autojump_clock) -> None:
    watched = gauge.watch(lambda item: 1.0)
    described = stream(tap.source()).flat_map(lambda x: stream(tap.source()).map(watched, 3), outer)
    assert len(await described.take(5).collect()) == 5
    assert gauge.running == 0
    assert len(tap.closed_at) == 1 + outer


async def test_merged_maps_keep_their_own_orders(gauge, autojump_clock) -> None:
    def side(start: int) -> Stream[int]:
        return stream(range(start, start + 20)).map(gauge.watch(lambda item: item % 5), 3)

    found = await side(0).merge(side(100), side(200)).collect()
    for start in (0, 100, 200):
        assert [item for item in found if start <= item < start + 20] == list(range(start, start + 20))
    assert len(found) == 60
    assert gauge.most == 9


@pytest.mark.parametrize("lengths", [(3, 8, 5), (8, 3, 5), (5, 8, 3), (0, 2, 2), (2, 0, 2), (4, 4, 4)])
@pytest.mark.parametrize("gap", [0.0, 1.0])
async def test_zip_ends_with_the_shortest_and_closes_the_others(
    lengths: tuple[int, ...], gap: float, tap, autojump_clock
) -> None:
    first, *others = (stream(tap.source(n, gap=gap)).map(lambda x: x, 2) for n in lengths)
    assert await first.zip(*others).collect() == [(i, i, i) for i in range(min(lengths))]
    assert len(tap.closed_at) == 3
    assert trio.current_time() <= gap * (min(lengths) + 1)


COMBINED: dict[str, Callable[[Stream[Any], Stream[Any]], Stream[Any]]] = {
    "merge": lambda a, b: a.merge(b),
    "zip": lambda a, b: a.zip(b),
    "chain": lambda a, b: a.chain(b),
    "flat_map": lambda a, b: stream([a, b]).flat_map(lambda s: s),
    "flat_map limit": lambda a, b: stream([a, b]).flat_map(lambda s: s, 2),
}
if hasattr(Stream, "zip_latest"):
    COMBINED["zip_latest"] = lambda a, b: a.zip_latest(b)


@pytest.mark.parametrize("combine", COMBINED.values(), ids=COMBINED)
@pytest.mark.parametrize("at", [0, 1])
async def test_one_of_two_fails_at_once(combine, at: int, tap, autojump_clock) -> None:
    healthy, failing = stream(tap.source(3, gap=1.0)), stream(raising)
    pair = (failing, healthy) if at == 0 else (healthy, failing)
    with pytest.raises(KeyError, match="source"):
        await combine(*pair).collect()
    assert len(tap.closed_at) <= 1
    assert trio.current_time() == (
        3.0 if at == 1 and combine in (COMBINED["chain"], COMBINED["flat_map"]) else 0.0
    )


@pytest.mark.parametrize("combine", COMBINED.values(), ids=COMBINED)
@pytest.mark.parametrize("at", [0, 1])
async def test_one_of_two_fails_later(combine, at: int, tap, autojump_clock) -> None:
    healthy = stream(tap.source(5, gap=1.0))
    failing = stream(tap.source(2, gap=1.5, error=KeyError("source")))
    seen: list[object] = []
    pair = (failing, healthy) if at == 0 else (healthy, failing)
    with pytest.raises(KeyError, match="source"):
        await combine(*pair).for_each(seen.append)
    assert seen
    assert len(tap.closed_at) in (1, 2)
    assert max(tap.closed_at) == trio.current_time()


@pytest.mark.parametrize("combine", COMBINED.values(), ids=COMBINED)
async def test_both_fail_at_the_same_instant(combine, tap, autojump_clock) -> None:
    """One failure as itself, or both in a group: never none, never a hang."""
    a, b = (stream(tap.source(1, gap=1.0, error=KeyError(i))) for i in range(2))
    with pytest.raises((KeyError, ExceptionGroup)) as caught:
        await combine(a, b).drain()
    errors = caught.value.exceptions if isinstance(caught.value, ExceptionGroup) else [caught.value]
    assert all(isinstance(error, KeyError) for error in errors)


@pytest.mark.parametrize("combine", COMBINED.values(), ids=COMBINED)
async def test_endless_and_empty(combine, tap, autojump_clock) -> None:
    endless = stream(tap.source())
    assert len(await combine(endless, stream(tap.source())).take(300).collect()) == 300
    assert len(tap.closed_at) in (1, 2)
    assert await combine(Stream.empty(), Stream.empty()).collect() == []


@pytest.mark.parametrize("limit", [1, 2, 10])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_a_function_that_fails_for_each_item(
    fed: bool, ordered: bool, limit: int, tap, autojump_clock
) -> None:
    described = stream(tap.source(30)) if fed else stream(range(30))
    with pytest.raises(ValueError) as caught:
        await described.map(fails, limit, ordered=ordered).collect()
    assert caught.value.args == (0,)
    found = await described.map(fails, limit, ordered=ordered).outcomes().collect()
    assert sorted(o.error.args[0] for o in found) == list(range(30))  # type: ignore[union-attr]
    assert len(tap.closed_at) == 2 * fed


@pytest.mark.parametrize("limit", [2, 10])
async def test_a_failing_call_and_an_impatient_consumer(limit: int, autojump_clock) -> None:
    """Who leaves before the call fails hears nothing of it; who waits for the next item gets the failure."""

    async def fn(item: int) -> int:
        await trio.sleep(1 + item)
        return fails(item) if item == 1 else item

    async with stream(range(30)).map(fn, limit).open() as items:
        assert await anext(items) == 0
    assert trio.current_time() == 1.0
    with pytest.raises(ValueError, match="1"):
        async with stream(range(30)).map(fn, limit).open() as items:
            assert await anext(items) == 0
            await anext(items)
    assert trio.current_time() == 3.0


async def test_a_failure_below_starts_no_inner_stream_while_the_first_one_closes(autojump_clock) -> None:
    started: list[int] = []

    async def inner(item: int) -> AsyncIterator[int]:
        started.append(item)
        try:
            await trio.sleep(item / 2)
            yield item
        finally:
            if item == 0:
                await trio.sleep(1)

    with pytest.raises(ValueError, match="0"):
        await stream(range(9)).flat_map(inner, 2).for_each(fails)
    assert started == [0, 1]
    assert trio.current_time() == 1.0
