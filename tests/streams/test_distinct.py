"""``distinct``: equal neighbours are left out."""

from __future__ import annotations

import math
from itertools import groupby
from unittest import mock

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


@given(items=st.lists(st.integers(0, 9) | st.none() | st.just(math.nan), max_size=30))
def test_against_plain_python(items: list[object]) -> None:
    async def key_of(item: object) -> str:
        await trio.sleep(1)
        return repr(item)[:1]

    async def main() -> None:
        assert await stream(items).distinct().collect() == [key for key, _ in groupby(items)]
        firsts = [next(group) for _, group in groupby(items, lambda item: repr(item)[:1])]
        assert await stream(items).distinct(lambda item: repr(item)[:1]).collect() == firsts
        assert await stream(items).distinct(key_of).collect() == firsts
        assert trio.current_time() == len(items)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_only_neighbours_are_compared() -> None:
    assert await stream("aabbba").distinct().collect() == ["a", "b", "a"]
    assert await stream(["a", "A", "b"]).distinct(str.lower).collect() == ["a", "b"]
    assert await stream([1, 1.0, True]).distinct().collect() == [1]


async def test_the_first_item_is_compared_with_nothing() -> None:
    assert await Stream.of(None, None, 0).distinct().collect() == [None, 0]
    found = await Stream.of(mock.ANY, 1).distinct().collect()
    assert found[0] is mock.ANY
    assert len(found) == 1


async def test_items_need_not_be_hashable_and_the_first_of_a_group_is_kept() -> None:
    first, second = [1], [1]
    found = await Stream.of(first, second).distinct().collect()
    assert found[0] is first
    assert len(found) == 1


async def test_it_is_compared_with_the_last_one_that_had_a_key() -> None:
    def key(item: str) -> str:
        if item == "?":
            raise ValueError(item)
        return item

    found = await stream("aa?ab").distinct(key).outcomes().collect()
    assert [repr(each) for each in found] == ["Value('a')", "Error(ValueError('?'))", "Value('b')"]


async def test_each_run_starts_anew() -> None:
    described = Stream.of(1, 1).distinct()
    assert await described.collect() == [1]
    assert await described.collect() == [1]


async def test_take_counts_what_is_left(tap) -> None:
    assert await stream(tap.source()).distinct(lambda item: item // 3).take(2).collect() == [0, 3]
    assert (tap.pulled, len(tap.closed_at)) == (4, 1)
