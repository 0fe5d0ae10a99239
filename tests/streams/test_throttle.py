"""``throttle``: delayed, never dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


async def times(items: Stream[object]) -> list[float]:
    seen: list[float] = []
    await items.for_each(lambda _: seen.append(trio.current_time()))
    return seen


async def test_items_are_evenly_spaced_and_the_first_comes_at_once(autojump_clock) -> None:
    assert await times(stream(range(5)).throttle(2)) == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert trio.current_time() == 2.0, "no wait after the last one"


async def test_per_sets_the_unit(autojump_clock) -> None:
    assert await times(stream(range(4)).throttle(3, per=60)) == [0.0, 20.0, 40.0, 60.0]
    assert await stream("ab").throttle(0.5, 2.0).collect() == ["a", "b"]
    assert trio.current_time() == 64.0


async def test_a_burst_comes_at_once_and_a_pause_saves_up_no_more(tap, autojump_clock) -> None:
    assert await times(stream(range(6)).throttle(1, burst=3)) == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]

    async def source() -> AsyncIterator[int]:
        for i in range(10):
            if i == 3:
                await trio.sleep(1000)
            yield i

    start = trio.current_time()
    found = await times(stream(source).throttle(1, burst=3))
    assert [time - start for time in found] == [0, 0, 0, 1000, 1000, 1000, 1001, 1002, 1003, 1004]


async def test_nothing_is_dropped_and_the_order_kept(tap, autojump_clock) -> None:
    assert await stream(tap.source(50)).throttle(100, burst=7).collect() == list(range(50))


async def test_the_source_is_held_back(tap, autojump_clock) -> None:
    with trio.move_on_after(4.5):
        await stream(tap.source()).throttle(1).drain()
    assert tap.pulled == 6, "five have passed, one waits"
    assert tap.closed_at == [4.5]


async def test_a_slow_source_is_not_delayed(tap, autojump_clock) -> None:
    assert await times(stream(tap.source(4, gap=3.0)).throttle(1)) == [3.0, 6.0, 9.0, 12.0]


async def test_a_slow_consumer_is_not_punished_and_does_not_catch_up(autojump_clock) -> None:
    seen: list[float] = []

    async def work(item: int) -> None:
        seen.append(trio.current_time())
        await trio.sleep(5 if item == 1 else 0)

    await stream(range(5)).throttle(0.5).for_each(work)
    assert seen == [0.0, 2.0, 7.0, 9.0, 11.0]


async def test_stopping_early_waits_for_no_permit(tap, autojump_clock) -> None:
    assert await stream(tap.source()).throttle(1).take(3).collect() == [0, 1, 2]
    assert trio.current_time() == 2.0
    assert tap.pulled == 3
    assert await stream(tap.source()).throttle(1, burst=2).first() == 0


async def test_a_source_error_is_raised_at_once(tap, autojump_clock) -> None:
    seen: list[int] = []
    with pytest.raises(ValueError, match="source"):
        await stream(tap.source(3, error=ValueError("source"))).throttle(1).for_each(seen.append)
    assert seen == [0, 1, 2]
    assert trio.current_time() == 2.0


async def test_failures_as_values_take_no_permit(autojump_clock) -> None:
    found = await stream([1, 0, 2]).map(lambda x: 1 / x).throttle(1).outcomes().collect()
    assert [type(o).__name__ for o in found] == ["Value", "Error", "Value"]
    assert trio.current_time() == 1.0


async def test_each_run_has_a_limit_of_its_own(autojump_clock) -> None:
    described = stream(range(3)).throttle(1)
    assert await times(described) == [0.0, 1.0, 2.0]
    assert await times(described) == [2.0, 3.0, 4.0]
    found: list[list[float]] = []

    async def one() -> None:
        found.append(await times(described))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert found == [[4.0, 5.0, 6.0]] * 2


async def test_below_and_above_concurrent_steps(autojump_clock) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(10)
        return item

    start = trio.current_time()
    assert await stream(range(4)).throttle(1).map(slow, limit=10).collect() == [0, 1, 2, 3]
    assert trio.current_time() - start == 13.0
    start = trio.current_time()
    assert await times(stream(range(3)).map(slow, limit=10).throttle(1)) == [start + t for t in (10, 11, 12)]
    merged = stream(range(3)).merge(range(3)).throttle(1)
    assert len(await merged.collect()) == 6


async def test_a_burst_of_items_that_are_always_ready_passes_checkpoints(tap) -> None:
    seen: list[int] = []
    with trio.CancelScope() as scope:

        def look(item: int) -> None:
            seen.append(item)
            if item == 1000:
                scope.cancel()

        await stream(tap.source()).throttle(1, burst=1_000_000).for_each(look)
    assert scope.cancelled_caught
    assert len(seen) <= 1000 + 130


current = ContextVar("current", default="nobody")


async def test_context_variables_of_one_item_are_not_seen_by_the_next(autojump_clock) -> None:
    def mark(item: int) -> str:
        before = current.get()
        current.set(str(item))
        return before

    assert await stream(range(4)).throttle(1, burst=2).map(mark).collect() == ["nobody"] * 4


def test_bad_arguments() -> None:
    for bad in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="rate must be a number > 0 and finite, got"):
            stream([1]).throttle(bad)
        with pytest.raises(ValueError, match="per must be a number of seconds > 0 and finite, got"):
            stream([1]).throttle(1, per=bad)
    with pytest.raises(TypeError, match="rate must be a number > 0 and finite, got '1'"):
        stream([1]).throttle("1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="burst must be an int >= 1, got 0"):
        stream([1]).throttle(1, burst=0)
    with pytest.raises(TypeError, match=r"burst must be an int >= 1, got 1\.5"):
        stream([1]).throttle(1, burst=1.5)  # type: ignore[arg-type]


@settings(deadline=None)  # a busy machine is no failure
@given(
    gaps=st.lists(st.integers(0, 9), max_size=30),
    interval=st.integers(1, 8),
    burst=st.integers(1, 4),
    work=st.integers(0, 5),
)
def test_against_a_bucket(gaps: list[int], interval: int, burst: int, work: int) -> None:
    """A bucket of ``burst`` permits; a permit comes back ``interval`` seconds after the one before it did."""
    expected: list[int] = []
    full_at = ready_at = arrived = 0
    for gap in gaps:
        # The source makes the next item when the steps below are done with this one.
        arrived = max(arrived, ready_at) + gap
        passed = max(arrived, full_at - (burst - 1) * interval)
        full_at = max(full_at, passed) + interval
        ready_at = passed + work
        expected.append(passed)

    async def source() -> AsyncIterator[int]:
        for i, gap in enumerate(gaps):
            await trio.sleep(gap)
            yield i

    async def main() -> tuple[list[int], list[float]]:
        items: list[int] = []
        seen: list[float] = []

        async def keep(item: int) -> None:
            items.append(item)
            seen.append(trio.current_time())
            await trio.sleep(work)

        await stream(source).throttle(1, per=interval, burst=burst).for_each(keep)
        return items, seen

    items, seen = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert items == list(range(len(gaps)))
    assert seen == expected
