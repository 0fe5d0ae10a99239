"""``merge``, ``zip`` and ``chain``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from trio_patterns.streams import Stream, stream


async def every(period: float, name: str, n: int = 1000) -> AsyncIterator[str]:
    for i in range(n):
        await trio.sleep(period)
        yield f"{name}{i}"


def bad(item: object) -> object:
    raise ValueError(item)


async def test_merge_mixes_as_items_come(autojump_clock) -> None:
    merged = stream(every, 2.0, "a", 2).merge(stream(every, 3.0, "b", 2), every(1.5, "c", 1))
    assert await merged.collect() == ["c0", "a0", "b0", "a1", "b1"]
    assert trio.current_time() == 6.0


async def test_merge_emits_one_item_at_a_time(gauge, autojump_clock) -> None:
    found = await stream(range(3)).merge(range(3), range(3)).map(gauge.watch(lambda item: 1.0)).collect()
    assert sorted(found) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert gauge.most == 1


async def test_merge_stops_all_when_nothing_more_is_wanted(tap, autojump_clock) -> None:
    merged = stream(tap.source(gap=5.0)).merge(stream(tap.source(gap=1.0)), stream(tap.source(gap=7.0)))
    assert await merged.take(2).collect() == [0, 1]
    assert tap.closed_at == [2.0, 2.0, 2.0]


async def test_merge_the_first_failure_ends_the_others(tap, autojump_clock) -> None:
    merged = stream(tap.source(gap=5.0)).merge(stream(tap.source(1, gap=1.0, error=ValueError("b"))))
    with pytest.raises(ValueError, match="b"):
        await merged.collect()
    assert tap.closed_at == [1.0, 1.0]


async def test_merge_of_maps_and_of_merges(autojump_clock) -> None:
    merged = stream(range(3)).map(lambda x: x, limit=2).merge(Stream.of(10).merge([20]), [30])
    assert sorted(await merged.collect()) == [0, 1, 2, 10, 20, 30]


async def test_merge_with_failures_as_values(autojump_clock) -> None:
    found = await stream([1, 2]).map(bad).merge(stream([3]).map(bad)).outcomes().collect()
    assert sorted(repr(o) for o in found) == [f"Error(ValueError({i}))" for i in (1, 2, 3)]


async def test_zip_pairs_and_ends_with_the_shortest(tap, autojump_clock) -> None:
    assert await stream(tap.source()).zip("ab").collect() == [(0, "a"), (1, "b")]
    assert len(tap.closed_at) == 1
    assert await stream([1, 2]).zip(stream(tap.source())).collect() == [(1, 0), (2, 1)]
    assert len(tap.closed_at) == 2, "the longer one is closed"
    assert await stream([1]).zip([2], [3], [4]).collect() == [(1, 2, 3, 4)]
    assert await stream([1, 2]).zip().collect() == [(1,), (2,)]
    assert await stream([1]).zip([]).collect() == []
    assert await stream([]).zip([1]).collect() == []


async def test_zip_lets_the_sides_wait_at_the_same_time(tap, autojump_clock) -> None:
    assert len(await stream(tap.source(3, gap=1.0)).zip(stream(tap.source(3, gap=1.0))).collect()) == 3
    assert trio.current_time() == 3.0


async def test_zip_stops_early_and_closes_all(tap, autojump_clock) -> None:
    zipped = stream(tap.source(gap=1.0)).zip(stream(tap.source(gap=2.0)), stream(tap.source(gap=3.0)))
    assert await zipped.first() == (0, 0, 0)
    assert tap.closed_at == [3.0, 3.0, 3.0]


async def test_zip_a_failing_side_ends_it(tap, autojump_clock) -> None:
    zipped = stream(tap.source(gap=10.0)).zip(stream(tap.source(0, gap=1.0, error=ValueError("other"))))
    with pytest.raises(ValueError, match="other"):
        await zipped.collect()
    assert tap.closed_at == [0.0, 0.0]
    with pytest.raises(ValueError, match="first"):
        await stream(tap.source(1, error=ValueError("first"))).zip(stream(tap.source())).collect()


async def test_chain_goes_on_when_one_has_ended(tap, autojump_clock) -> None:
    chained = stream(tap.source(2, gap=1.0)).chain("ab", stream(tap.source(1)))
    assert await chained.collect() == [0, 1, "a", "b", 0]
    assert trio.current_time() == 2.0


async def test_chain_does_not_start_what_is_not_needed(tap) -> None:
    assert await stream([1, 2]).chain(stream(tap.source())).take(2).collect() == [1, 2]
    assert tap.pulled == 0
    with pytest.raises(ZeroDivisionError):
        await stream([0]).map(lambda x: 1 / x).chain(stream(tap.source())).collect()
    assert tap.pulled == 0


async def test_chain_with_failures_as_values() -> None:
    found = await stream([1]).map(bad).chain(stream([2]).map(bad)).outcomes().collect()
    assert [repr(o) for o in found] == ["Error(ValueError(1))", "Error(ValueError(2))"]
    assert (
        repr(await stream([1]).map(bad).chain(stream([2]).map(bad)).outcomes().first())
        == "Error(ValueError(1))"
    )


@pytest.mark.parametrize("method", ["merge", "zip", "chain"])
def test_what_is_no_stream_is_refused_at_the_call(method: str) -> None:
    with pytest.raises(TypeError, match=r"source must be an iterable, .* got 3"):
        getattr(stream([1]), method)([2], 3)
