"""``skip_while``: items up to the first that will do are left out."""

from __future__ import annotations

from itertools import dropwhile

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import stream


@given(items=st.lists(st.integers(-3, 3)))
def test_against_plain_python(items: list[int]) -> None:
    asked = 0

    async def negative(item: int) -> bool:
        nonlocal asked
        asked += 1
        await trio.sleep(1)
        return item < 0

    async def main() -> None:
        expected = list(dropwhile(lambda item: item < 0, items))
        assert await stream(items).skip_while(lambda item: item < 0).collect() == expected
        assert await stream(items).skip_while(negative).collect() == expected
        assert asked == trio.current_time() == min(len(items), len(items) - len(expected) + 1)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_what_comes_after_is_not_looked_at() -> None:
    asked: list[int] = []

    def small(item: int) -> bool:
        asked.append(item)
        return item < 2

    assert await stream([0, 1, 2, 0, 1]).skip_while(small).collect() == [2, 0, 1]
    assert asked == [0, 1, 2]


async def test_an_endless_source_that_never_will_do_can_be_cancelled(tap, autojump_clock) -> None:
    with trio.move_on_after(3.5) as scope:
        await stream(tap.source(gap=1.0)).skip_while(lambda item: True).collect()
    assert scope.cancelled_caught
    assert (tap.pulled, tap.closed_at) == (3, [3.5])


async def test_an_item_whose_predicate_failed_does_not_end_the_skipping() -> None:
    def small(item: int) -> bool:
        return 10 // item > 1

    found = await stream([9, 0, 1, 20]).skip_while(lambda item: not small(item)).outcomes().collect()
    assert len(found) == 3
    assert isinstance(found[0].error, ZeroDivisionError)  # type: ignore[union-attr]
    assert [found[1].unwrap(), found[2].unwrap()] == [1, 20]


async def test_each_run_skips_anew() -> None:
    described = stream([1, 2, 1]).skip_while(lambda item: item < 2)
    assert await described.collect() == [2, 1]
    assert await described.collect() == [2, 1]
