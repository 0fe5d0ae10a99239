"""``scan``: every step of a fold."""

from __future__ import annotations

from itertools import accumulate
from operator import add

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


async def add_slowly(total: int, item: int) -> int:
    await trio.sleep(1)
    return total + item


@given(items=st.lists(st.integers()), initial=st.integers())
def test_against_plain_python(items: list[int], initial: int) -> None:
    expected = list(accumulate(items, add, initial=initial))[1:]

    async def main() -> None:
        assert await stream(items).scan(add, initial).collect() == expected
        assert await stream(items).scan(add_slowly, initial).collect() == expected
        assert trio.current_time() == len(items)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_the_initial_value_is_not_emitted_and_has_a_type_of_its_own() -> None:
    assert await stream("ab").scan(lambda text, letter: text + letter, "").collect() == ["a", "ab"]
    assert await Stream.empty().scan(add, 5).collect() == []


async def test_the_last_is_what_reduce_gives() -> None:
    assert await stream(range(5)).scan(add, 10).last() == await stream(range(5)).reduce(add, 10) == 20


async def test_results_come_as_soon_as_they_are_known(autojump_clock) -> None:
    seen: list[tuple[float, int]] = []
    totals = Stream.ticks(2.0).take(3).scan(add_slowly, 100)
    await totals.for_each(lambda total: seen.append((trio.current_time(), total)))
    assert seen == [(1.0, 100), (3.0, 101), (5.0, 103)]


async def test_a_failed_item_leaves_the_accumulator_as_it_was() -> None:
    def divide(total: float, item: int) -> float:
        return total / item

    found = await stream([2, 0, 5]).scan(divide, 100.0).outcomes().collect()
    assert [getattr(each, "value", None) for each in found] == [50.0, None, 10.0]
    with pytest.raises(ZeroDivisionError):
        found[1].unwrap()


async def test_each_run_starts_from_the_initial_value(autojump_clock) -> None:
    described = stream(range(1, 4)).scan(add_slowly, 0)
    results: list[list[int]] = []

    async def run() -> None:
        results.append(await described.collect())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        nursery.start_soon(run)
    await run()
    assert results == [[1, 3, 6]] * 3


def test_what_is_no_function_is_refused_at_the_call() -> None:
    with pytest.raises(TypeError, match=r"fn must be a function, plain or async, got 0"):
        stream([1]).scan(0, add)  # type: ignore[arg-type]
