"""How ``merge`` and ``zip_latest`` end their sides when nothing more is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import pytest
import trio

from trio_patterns.streams import Stream, stream

Combine: TypeAlias = Callable[..., Stream[Any]]

both = pytest.mark.parametrize("combine", [Stream.merge, Stream.zip_latest], ids=["merge", "zip_latest"])


@both
async def test_what_stops_it_closes_in_peace_and_nothing_is_pulled_meanwhile(
    combine: Combine, tap, autojump_clock
) -> None:
    slowly = stream(tap.source(gap=2.0, closing=5.0))
    await combine(slowly, stream(tap.source(gap=1.5))).take(1 if combine is Stream.zip_latest else 2).drain()
    assert tap.closed_at == [2.0, 7.0]
    assert tap.pulled == 2


@both
async def test_a_side_in_line_hears_that_nothing_more_is_wanted_and_closes_in_peace(
    combine: Combine, tap, autojump_clock
) -> None:
    async def slow(row: object) -> object:
        await trio.sleep(10)
        return row

    sides = [stream(tap.source(gap=gap, closing=5.0)) for gap in (1.0, 1.25, 1.5)]
    await combine(*sides).map(slow).first()
    # Each has an item when the first result is through: in the hand, or on its way in line.
    assert tap.closed_at == [tap.closed_at[0]] * 3
    assert tap.closed_at[0] == 10 + 5 + (1.5 if combine is Stream.zip_latest else 1.0)


@both
@pytest.mark.parametrize("position", [0, 1, 2])
async def test_a_channel_is_closed_even_if_all_is_over_before_it_was_read(
    combine: Combine, position: int
) -> None:
    """Its sender would wait for ever."""
    send, receive = trio.open_memory_channel[int](0)
    ends_all = Stream.empty() if combine is Stream.zip_latest else Stream.of(1)
    sides: list[Stream[int]] = [ends_all, Stream.of(2)]
    sides.insert(position, stream(receive))

    async def produce() -> None:
        with send, pytest.raises(trio.BrokenResourceError):
            while True:
                await send.send(0)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        await combine(*sides).first(default=None)


@both
async def test_a_side_that_has_emitted_and_waits_again_is_interrupted(
    combine: Combine, tap, autojump_clock
) -> None:
    sides = [stream(tap.source(gap=4.0)), stream(tap.source(gap=5.0))]
    rows = combine(*sides).on_each(lambda row: trio.sleep(0.5))
    # The other side's first item is through at 5.5; its second would come at 10.5.
    await rows.take(3 if combine is Stream.merge else 2).drain()
    end = 9.0 if combine is Stream.merge else 8.5
    assert tap.closed_at == [end, end]
    assert trio.current_time() == end


async def test_a_failure_as_a_value_may_be_the_last_thing_wanted(tap, autojump_clock) -> None:
    failing = stream(tap.source(gap=1.0)).map(lambda item: 1 // item)
    merged = failing.merge(stream(tap.source(gap=1.5)))
    assert isinstance((await merged.outcomes().first()).error, ZeroDivisionError)  # type: ignore[union-attr]
    assert tap.closed_at == [1.0, 1.0]


async def stubborn(gap: float) -> AsyncIterator[int]:
    for i in range(100):
        with trio.CancelScope(shield=True):
            await trio.sleep(gap)
        yield i


@both
async def test_a_stubborn_side_is_stopped_at_its_next_item(combine: Combine, tap, autojump_clock) -> None:
    await combine(stream(tap.source(gap=2.5)), stream(stubborn, 2.0)).take(2).drain()
    assert trio.current_time() == 4.0
    await combine(stream(stubborn, 2.0), stream(tap.source(0, gap=1.0)).chain([1]).take(1)).take(1).drain()
    assert trio.current_time() == 6.0


async def test_a_stubborn_side_is_stopped_at_its_next_item_if_there_will_be_no_tuple(autojump_clock) -> None:
    async def empty() -> AsyncIterator[int]:
        await trio.sleep(3)
        return
        yield

    assert await stream(stubborn, 2.0).zip_latest(stream(empty)).collect() == []
    assert trio.current_time() == 4.0


@both
async def test_one_task_for_each_of_the_others(combine: Combine) -> None:
    tasks: set[object] = set()

    def look(item: int) -> int:
        tasks.add(trio.lowlevel.current_task())
        return item

    sides = [Stream.of(1, 2, 3).map(look) for _ in range(3)]
    await combine(*sides).drain()
    assert trio.lowlevel.current_task() in tasks
    assert len(tasks) == 3


@both
async def test_a_failure_below_of_the_item_that_stood_in_line(combine: Combine, tap, autojump_clock) -> None:
    calls = 0

    def slow_then_failing(row: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyError("below")
        return trio.sleep(10)

    sides = [stream(tap.source(gap=gap)) for gap in (1.0, 1.25, 1.5)]
    with pytest.raises(KeyError, match="below"):
        await combine(*sides).for_each(slow_then_failing)
    assert calls == 2, "who stands behind it is not served"
    assert tap.closed_at == [trio.current_time()] * 3
