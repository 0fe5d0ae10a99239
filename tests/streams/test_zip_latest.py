"""``zip_latest``: the latest item of each side, whenever one of them has a new one."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextvars import ContextVar
from itertools import pairwise

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream

current = ContextVar("current", default="nobody")


async def at(*times: float, end: float = 0.0, error: Exception | None = None) -> AsyncIterator[float]:
    """Yield each time when it has come."""
    for time in times:
        await trio.sleep_until(time)
        yield time
    await trio.sleep_until(end)
    if error is not None:
        raise error


def ends_at(end: float, *times: float, error: Exception | None = None) -> Stream[float]:
    return stream(lambda: at(*times, end=end, error=error))


async def timed(source: Stream[tuple[float, ...]]) -> list[tuple[float, tuple[float, ...]]]:
    seen: list[tuple[float, tuple[float, ...]]] = []
    await source.for_each(lambda row: seen.append((trio.current_time(), row)))
    return seen


async def test_it_starts_when_every_side_has_an_item(autojump_clock) -> None:
    rows = stream(at, 1.0, 2.0, 6.0).zip_latest(stream(at, 3.0, 4.0))
    assert await timed(rows) == [
        (3.0, (2.0, 3.0)),
        (4.0, (2.0, 4.0)),
        (6.0, (6.0, 4.0)),
    ]


async def test_it_ends_when_all_sides_have_ended(autojump_clock) -> None:
    rows = ends_at(9.0, 1.0).zip_latest(ends_at(5.0, 2.0), ends_at(7.0, 3.0, 4.0))
    assert await rows.last() == (1.0, 2.0, 4.0)
    assert trio.current_time() == 9.0


async def test_one_side_and_none_other() -> None:
    assert await Stream.of(1, 2).zip_latest().collect() == [(1,), (2,)]


async def test_sides_that_need_not_wait() -> None:
    assert await Stream.of(1, 2, 3).zip_latest("a").collect() == [(3, "a")]


@pytest.mark.parametrize("empty", [0, 1, 2])
async def test_a_side_that_ends_without_an_item_ends_all_at_once(empty: int, tap, autojump_clock) -> None:
    sides = [stream(tap.source(gap=2.0)), stream(tap.source(gap=3.0))]
    sides.insert(empty, stream(at))  # type: ignore[arg-type]
    assert await sides[0].zip_latest(*sides[1:]).collect() == []
    assert trio.current_time() == 0.0
    sides[empty] = ends_at(7.0)  # type: ignore[call-overload]
    assert await sides[0].zip_latest(*sides[1:]).collect() == []
    assert trio.current_time() == 7.0
    assert tap.closed_at[-2:] == [7.0, 7.0]


@given(order=st.lists(st.integers(0, 3), max_size=20), sides=st.integers(1, 4))
def test_against_plain_python(order: list[int], sides: int) -> None:
    """``order`` says whose item comes at 1, 2, 3, ... seconds; after its last item a side ends."""
    times: list[list[float]] = [[] for _ in range(sides)]
    for time, index in enumerate(order, start=1):
        times[index % sides].append(float(time))

    expected: list[tuple[float, tuple[float, ...]]] = []
    latest: dict[int, float] = {}
    if all(times):
        for time, index in enumerate(order, start=1):
            latest[index % sides] = float(time)
            if len(latest) == sides:
                expected.append((float(time), tuple(latest[i] for i in range(sides))))

    async def main() -> None:
        described = stream(at, *times[0]).zip_latest(*(stream(at, *each) for each in times[1:]))
        assert await timed(described) == expected
        assert trio.current_time() == (len(order) if all(times) else 0.0)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@given(order=st.lists(st.integers(0, 2), max_size=15), slow=st.integers(0, 9))
def test_while_a_tuple_is_handled_the_sides_wait_and_no_item_is_left_out(order: list[int], slow: int) -> None:
    times: list[list[float]] = [[0.0], [0.0], [0.0]]
    for time, index in enumerate(order, start=1):
        times[index].append(float(time))
    rows: list[tuple[float, ...]] = []
    busy = False

    async def handle(row: tuple[float, ...]) -> None:
        nonlocal busy
        assert not busy, "one at a time"
        busy = True
        rows.append(row)
        await trio.sleep(slow / 2)
        busy = False

    async def main() -> None:
        await stream(at, *times[0]).zip_latest(*(stream(at, *each) for each in times[1:])).for_each(handle)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert rows[0] == (0.0, 0.0, 0.0)
    changes = [
        [index for index in range(3) if before[index] != after[index]] for before, after in pairwise(rows)
    ]
    assert sorted(index for change in changes for index in change) == sorted(order)
    assert all(len(change) == 1 for change in changes)
    assert all([*column] == sorted(column) for column in zip(*rows, strict=True))


async def test_an_item_that_waits_for_its_turn_takes_effect_in_its_turn(autojump_clock) -> None:
    async def slow(row: tuple[float, ...]) -> tuple[float, ...]:
        await trio.sleep(10)
        return row

    rows = stream(at, 1.0, 3.0).zip_latest(stream(at, 1.5, 4.0), stream(at, 2.0, 2.5)).map(slow)
    assert await rows.collect() == [
        (1.0, 1.5, 2.0),
        (3.0, 1.5, 2.0),
        (3.0, 4.0, 2.0),
        (3.0, 4.0, 2.5),
    ]


async def test_a_side_waits_with_the_item_that_it_has(tap, autojump_clock) -> None:
    """Memory is bounded: nothing further is pulled while a tuple is being handled."""
    other = [stream(tap.source(gap=gap)) for gap in (1.1, 1.2)]
    with trio.move_on_after(1000) as scope:
        await stream(tap.source(gap=1.0)).zip_latest(*other).for_each(lambda row: trio.sleep_forever())
    assert scope.cancelled_caught
    assert tap.pulled == 3 + 2, "the three in the tuple, and one of each that does not handle it"


async def test_stopping_early_interrupts_the_sides_that_wait(tap, autojump_clock) -> None:
    rows = stream(tap.source(gap=1.0)).zip_latest(stream(tap.source(gap=1.6)), stream(tap.source(gap=2.5)))
    assert await rows.take(2).collect() == [(1, 0, 0), (2, 0, 0)]
    assert trio.current_time() == 3.0
    assert tap.closed_at == [3.0, 3.0, 3.0]


async def test_what_stops_it_closes_in_peace_and_nothing_is_pulled_meanwhile(tap, autojump_clock) -> None:
    slowly = stream(tap.source(gap=2.0, closing=5.0))
    assert await slowly.zip_latest(stream(tap.source(gap=1.5))).first() == (0, 0)
    assert tap.closed_at == [2.0, 7.0]
    assert tap.pulled == 2


async def test_a_side_in_line_hears_that_nothing_more_is_wanted_and_closes_in_peace(
    tap, autojump_clock
) -> None:
    async def slow(row: tuple[int, ...]) -> tuple[int, ...]:
        await trio.sleep(10)
        return row

    one, other = (stream(tap.source(gap=gap, closing=5.0)) for gap in (1.0, 1.25))
    assert await one.zip_latest(other).map(slow).take(1).collect() == [(0, 0)]
    # The first item of the other made the tuple, at 1.25; the first one stands in line from 2 on.
    assert tap.closed_at == [16.25, 16.25]


@pytest.mark.parametrize("way", ["break", "exception", "failing sink", "cancel"])
async def test_other_ways_to_stop(way: str, tap, autojump_clock) -> None:
    rows = stream(tap.source(gap=1.0)).zip_latest(stream(tap.source(gap=1.5)))
    if way == "break":
        async with rows.open() as items:
            async for _ in items:
                break
    elif way == "exception":
        with pytest.raises(KeyError):
            async with rows.open() as items:
                async for _ in items:
                    raise KeyError
    elif way == "failing sink":
        with pytest.raises(ZeroDivisionError):
            await rows.for_each(lambda row: 1 // row[0])
    else:
        with trio.move_on_after(1.5) as scope:
            await rows.for_each(lambda row: trio.sleep(1))
        assert scope.cancelled_caught
    assert tap.closed_at == [1.5, 1.5]


async def test_a_cancellation_while_a_tuple_is_handled(tap, gauge, autojump_clock) -> None:
    rows = stream(tap.source(gap=1.0)).zip_latest(stream(tap.source(gap=1.5)))
    with trio.move_on_after(4.0):
        await rows.map(lambda row: row[0]).for_each(gauge.watch(lambda item: 10.0))
    assert (gauge.running, gauge.cancelled) == (0, 1)
    assert tap.closed_at == [4.0, 4.0]


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_the_first_failure_ends_all(position: int, tap, autojump_clock) -> None:
    sides = [stream(tap.source(gap=2.0)), stream(tap.source(gap=3.0))]
    error = ValueError("side")
    sides.insert(position, ends_at(4.5, 1.0, error=error))  # type: ignore[arg-type]
    seen: list[object] = []
    with pytest.raises(ValueError, match="side") as caught:
        await sides[0].zip_latest(*sides[1:]).for_each(seen.append)
    assert caught.value is error
    assert len(seen) == 2
    assert tap.closed_at == [4.5, 4.5]


async def test_a_failure_at_once_and_two_failures(tap, autojump_clock) -> None:
    with pytest.raises(ValueError, match="at once"):
        await stream(tap.source(gap=1.0)).zip_latest(ends_at(0.0, error=ValueError("at once"))).drain()

    async def failing_cleanup() -> AsyncIterator[int]:
        try:
            await trio.sleep_forever()
            yield 0
        finally:
            raise KeyError("cleanup")

    with pytest.RaisesGroup(pytest.RaisesExc(KeyError), pytest.RaisesExc(ValueError)):
        await ends_at(1.0, error=ValueError("first")).zip_latest(stream(failing_cleanup)).drain()


async def test_failures_as_values_are_those_of_the_whole(tap, autojump_clock) -> None:
    """A tuple is made of several items, so the failure of one has no place of its own: it is the last."""

    def fail_at_1(item: int) -> int:
        if item == 1:
            raise ValueError("item 1")
        return item

    failing = stream(tap.source(gap=2.0)).map(fail_at_1)
    found = await stream(tap.source(gap=3.0)).zip_latest(failing).outcomes().collect()
    assert [repr(each) for each in found] == ["Value((0, 0))", "Error(ValueError('item 1'))"]


async def test_a_failure_from_below_is_raised_once(tap, autojump_clock) -> None:
    """The side that stands in line when the step below fails adds nothing."""

    async def fail(row: object) -> None:
        await trio.sleep(10)
        raise KeyError("below")

    rows = stream(tap.source(gap=1.0)).zip_latest(stream(tap.source(gap=1.5)), stream(tap.source(gap=1.25)))
    with pytest.raises(KeyError, match="below"):
        await rows.for_each(fail)
    assert tap.closed_at == [11.5, 11.5, 11.5]


async def test_an_endless_ready_source_starves_nobody(tap) -> None:
    seen = 0

    def look(row: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 1000:
            scope.cancel()

    with trio.CancelScope() as scope:
        await stream(tap.source()).zip_latest(stream(tap.source())).for_each(look)
    assert scope.cancelled_caught
    assert 1000 <= seen <= 1000 + 128


async def test_the_description_runs_again_and_twice_at_once(autojump_clock) -> None:
    described = Stream.ticks(1.0).take(3).zip_latest(Stream.ticks(1.5).take(2))
    results: list[list[tuple[int, int]]] = []

    async def run() -> None:
        results.append(await described.collect())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        await trio.sleep(0.25)
        nursery.start_soon(run)
    await run()
    assert results[0][0] == (0, 0)
    assert [row[-3:] for row in results] == [[(1, 0), (1, 1), (2, 1)]] * 3


async def test_nested_and_in_chains_of_three(autojump_clock) -> None:
    inner = stream(at, 1.0, 4.0).zip_latest(stream(at, 2.0, 5.0))
    rows = inner.zip_latest(stream(at, 3.0)).map(lambda row: sum(row[0]) + row[1]).scan(max, 0.0)
    assert await rows.collect() == [6.0, 9.0, 12.0]
    assert trio.current_time() == 5.0


async def test_a_chain_of_three_stops_early(tap, gauge, autojump_clock) -> None:
    ticks = [stream(tap.source(gap=gap)) for gap in (1.0, 1.25, 1.6)]
    rows = ticks[0].zip_latest(ticks[1]).map(lambda row: row[0], limit=3).zip_latest(ticks[2])
    assert await rows.map(gauge.watch(lambda row: 1.0), limit=2).take(2).collect() == [(0, 0), (1, 0)]
    assert tap.closed_at == [3.0, 3.0, 3.0]
    assert gauge.running == 0


async def test_context_variables_of_one_row_are_not_seen_by_the_next(autojump_clock) -> None:
    def mark(row: object) -> str:
        before = current.get()
        current.set("row")
        return before

    token = current.set("caller")
    rows = stream(at, 1.0, 3.0).zip_latest(stream(at, 2.0, 4.0), Stream.of(0.0))
    assert await rows.map(mark).collect() == ["caller"] * 3
    assert current.get() == "caller"
    current.reset(token)


async def test_items_may_have_an_odd_idea_of_equality() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("not to be compared")

        __hash__ = None  # type: ignore[assignment]

    assert len(await Stream.of(Odd(), math.nan).zip_latest([Odd(), Odd()]).collect()) == 2


def test_what_is_no_stream_is_refused_at_the_call() -> None:
    with pytest.raises(TypeError, match=r"source must be an iterable, .* got 3"):
        stream([1]).zip_latest([2], 3)  # type: ignore[arg-type]
