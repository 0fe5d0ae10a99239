"""``sample``: the latest item at each period."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar
from math import ceil

import pytest
import trio
import trio._core._run as trio_run
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


async def marbles(text: str) -> AsyncIterator[str]:
    """One character a second: a letter is an item, ``-`` silence, ``|`` the end, ``#`` a failure."""
    start = trio.current_time()
    for second, char in enumerate(text):
        await trio.sleep_until(start + second)
        if char == "|":
            return
        if char == "#":
            raise ValueError("source")
        if char != "-":
            yield char


async def timed(items: Stream[str], work: float = 0) -> list[tuple[float, str]]:
    start = trio.current_time()
    seen: list[tuple[float, str]] = []

    async def keep(item: str) -> None:
        seen.append((trio.current_time() - start, item))
        await trio.sleep(work)

    await items.for_each(keep)
    return seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|", []),
        ("-------|", []),
        ("a|", [(1, "a")]),
        ("a------|", [(3, "a")]),
        ("-ab---|", [(3, "b")]),
        ("ab-cd-e-------f|", [(3, "b"), (6, "d"), (9, "e"), (15, "f")]),
    ],
)
async def test_marbles(text: str, expected: list[tuple[float, str]], autojump_clock) -> None:
    assert await timed(stream(marbles, text).sample(3)) == expected
    assert trio.current_time() == len(text) - 1


async def test_an_item_at_the_very_end_of_a_period_belongs_to_the_next(autojump_clock) -> None:
    """trio wakes the two tasks in any order; the result does not depend on it."""
    described = stream(marbles, "abcdefg--|").sample(2)
    for _ in range(20):
        assert await timed(described) == [(2.0, "b"), (4.0, "d"), (6.0, "f"), (8.0, "g")]


async def test_the_times_count_from_the_start_and_do_not_drift(autojump_clock) -> None:
    await trio.sleep(0.7)
    found = await timed(Stream.ticks(0.1).take(1005).map(str).sample(1))
    assert [time for time, _ in found] == pytest.approx([*range(1, 101), 100.4])


async def test_a_source_error_comes_after_the_pending_item(autojump_clock) -> None:
    seen: list[str] = []
    with pytest.raises(ValueError, match="source"):
        await stream(marbles, "abcd#").sample(3).for_each(seen.append)
    assert seen == ["c", "d"]
    assert trio.current_time() == 4.0
    with pytest.raises(ValueError, match="source"):
        await stream(marbles, "#").sample(3).for_each(seen.append)
    assert seen == ["c", "d"], "nothing was pending"
    assert len(await stream(marbles, "abcd#").sample(3).outcomes().collect()) == 3


async def test_an_error_from_below_ends_the_source(tap, autojump_clock) -> None:
    def fail(item: int) -> None:
        raise KeyError("sink")

    with pytest.raises(KeyError, match="sink"):
        await stream(tap.source(gap=0.4)).sample(2).for_each(fail)
    assert tap.closed_at == [2.0]


async def test_stopping_early_interrupts_the_source(tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=3.0)).sample(2).take(2).collect() == [0, 1]
    assert tap.closed_at == [8.0]


async def test_the_source_is_not_held_back(tap, autojump_clock) -> None:
    async def slow(item: int) -> None:
        await trio.sleep(1000)

    with trio.move_on_after(100):
        await stream(tap.source(gap=1.0)).sample(10).for_each(slow)
    assert tap.pulled >= 99


async def test_periods_that_pass_while_the_steps_below_are_busy_are_left_out(autojump_clock) -> None:
    """No bunch of late ones afterwards, and no tick between the periods."""
    found = await timed(stream(marbles, "abcdefghijklmnop|").sample(2), work=4.5)
    # Busy from 2 to 6.5: the items of 4 and 6 are replaced; the next period ends at 8.
    assert found == [(2.0, "b"), (8.0, "h"), (14.0, "n"), (18.5, "p")]


async def test_a_consumer_that_is_ready_at_a_period_gets_the_item_of_that_period(autojump_clock) -> None:
    for _ in range(20):
        found = await timed(stream(marbles, "abcdefghi|").sample(2), work=2)
        assert found == [(2.0, "b"), (4.0, "d"), (6.0, "f"), (8.0, "h"), (10.0, "i")]
    for _ in range(20):
        # Ready at 5, when the f comes: no period ends there, so the d has missed its time.
        found = await timed(stream(marbles, "a--d-f---|").sample(2), work=3)
        assert found == [(2.0, "a"), (6.0, "f")]


async def test_rounding_takes_no_period_away(autojump_clock) -> None:
    """Three tenths are not three times a tenth, but the consumer is ready at that very period."""

    async def until_the_next(item: int) -> None:
        seen.append(trio.current_time())
        await trio.sleep_until((len(seen) + 1) * 0.1)

    seen: list[float] = []
    await Stream.ticks(0.05).take(200).sample(0.1).for_each(until_the_next)
    assert seen[:-1] == [(i + 1) * 0.1 for i in range(len(seen) - 1)]
    assert len(seen) == 100


async def test_while_nothing_comes_nobody_wakes(autojump_clock) -> None:
    class Steps(trio.abc.Instrument):
        count = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.count += task.name.endswith("emit_when_due")

    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    try:
        assert await timed(stream(marbles, "a" + "-" * 1000 + "|").sample(1)) == [(1.0, "a")]
    finally:
        trio.lowlevel.remove_instrument(steps)
    assert steps.count < 10


async def test_cancelled_the_pending_item_is_lost_and_ended_gracefully_it_is_not(autojump_clock) -> None:
    seen: list[str] = []
    with trio.move_on_after(3):
        await stream(marbles, "a-b-----|").sample(5).for_each(seen.append)
    assert seen == []
    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(marbles, "a-b-----|").take_until(token).sample(5).for_each, seen.append)
        await trio.sleep(3)
        token.cancel()
    assert seen == ["b"]
    assert trio.current_time() == 6.0


async def test_an_endless_source_is_cancelled(tap, autojump_clock) -> None:
    with trio.move_on_after(5.5) as scope:
        await stream(tap.source(gap=0.25)).sample(1).drain()
    assert scope.cancelled_caught
    assert tap.closed_at == [5.5]


current = ContextVar("current", default="nobody")


async def test_context_variables_of_one_item_are_not_seen_by_the_next(autojump_clock) -> None:
    def mark(item: str) -> str:
        before = current.get()
        current.set(item)
        return before

    assert await stream(marbles, "ab-cde|").sample(2).map(mark).collect() == ["nobody"] * 3
    assert current.get() == "nobody"


async def test_twice_at_once_from_one_description(autojump_clock) -> None:
    described = stream(marbles, "ab--c|").sample(2)
    found: list[list[tuple[float, str]]] = []

    async def one() -> None:
        found.append(await timed(described))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert found == [[(2.0, "b"), (5.0, "c")]] * 2


def test_bad_arguments() -> None:
    for bad in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="period must be a number of seconds > 0 and finite, got"):
            stream([1]).sample(bad)
    with pytest.raises(TypeError, match="period must be a number of seconds > 0 and finite, got None"):
        stream([1]).sample(None)  # type: ignore[arg-type]


def expected(times: list[int], period: int, work: int, end: int) -> list[tuple[int, int]]:
    """Go from period to period; an item is its index."""
    found: list[tuple[int, int]] = []
    emitted, free_at = -1, 0
    for now in range(period, end + 1, period):
        before = [i for i, time in enumerate(times) if time < now]
        if before and before[-1] > emitted and free_at <= now:
            emitted, free_at = before[-1], now + work
            found.append((now, emitted))
    if times and emitted < len(times) - 1:
        found.append((max(end, free_at), len(times) - 1))
    return found


@settings(deadline=None)  # a busy machine is no failure
@given(
    gaps=st.lists(st.integers(0, 6), max_size=30),
    period=st.integers(1, 7),
    work=st.integers(0, 15),
    then=st.integers(0, 8),
    late=st.integers(0, 3),
    seed=st.integers(0, 1000),
)
def test_against_a_model(gaps: list[int], period: int, work: int, then: int, late: int, seed: int) -> None:
    """Whole seconds, so that everything often falls on the same instant; the task order is random."""
    times = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    end = (times[-1] if times else 0) + then

    async def main() -> list[tuple[float, int]]:
        await trio.sleep(late)
        seen: list[tuple[float, int]] = []

        async def source() -> AsyncIterator[int]:
            for index, time in enumerate(times):
                await trio.sleep_until(late + time)
                yield index
            await trio.sleep_until(late + end)

        async def keep(item: int) -> None:
            seen.append((trio.current_time() - late, item))
            if work:
                await trio.sleep(work)

        await stream(source).sample(period).for_each(keep)
        return seen

    trio_run._r.seed(seed)
    found = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert found == expected(times, period, work, end)
    assert len(found) <= ceil(end / period) + 1
