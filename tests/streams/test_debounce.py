"""``debounce``: the latest item after a quiet time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar

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


async def test_the_latest_comes_after_the_quiet_time_and_the_pending_one_at_the_end(autojump_clock) -> None:
    assert await timed(stream(marbles, "ab--c|").debounce(2)) == [(3.0, "b"), (5.0, "c")]
    assert trio.current_time() == 5.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|", []),
        ("----|", []),
        ("a|", [(1, "a")]),
        ("a----|", [(2, "a")]),
        ("abcdef|", [(6, "f")]),
        ("a--b--c--|", [(2, "a"), (5, "b"), (8, "c")]),
    ],
)
async def test_marbles(text: str, expected: list[tuple[float, str]], autojump_clock) -> None:
    assert await timed(stream(marbles, text).debounce(2)) == expected
    assert trio.current_time() == len(text) - 1


async def test_an_item_at_the_very_end_of_the_quiet_time_is_after_it(autojump_clock) -> None:
    """trio wakes the two tasks in any order; the result does not depend on it."""
    described = stream(marbles, "a-b-c-|").debounce(2)
    for _ in range(20):
        assert await timed(described) == [(2.0, "a"), (4.0, "b"), (6.0, "c")]


async def test_items_of_the_same_moment_count_as_one_volley(autojump_clock) -> None:
    assert await timed(stream("abc").debounce(2)) == [(0.0, "c")]
    volleys = stream(marbles, "a-b-|").flat_map(lambda c: [c, c.upper()])
    for _ in range(20):
        assert await timed(volleys.debounce(2)) == [(2.0, "A"), (4.0, "B")]


async def test_a_source_error_comes_after_the_pending_item(autojump_clock) -> None:
    seen: list[str] = []
    with pytest.raises(ValueError, match="source") as caught:
        await stream(marbles, "ab#").debounce(2).for_each(seen.append)
    assert seen == ["b"]
    assert trio.current_time() == 2.0
    assert caught.value.__context__ is None
    with pytest.raises(ValueError, match="source"):
        await stream(marbles, "#").debounce(2).for_each(seen.append)
    assert seen == ["b"], "nothing was pending"
    assert len(await stream(marbles, "ab#").debounce(2).outcomes().collect()) == 2


async def test_both_what_is_due_and_what_is_pending_come_before_the_error(autojump_clock) -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        await trio.sleep(2)
        yield "b"
        raise ValueError("source")

    for _ in range(20):
        seen: list[str] = []
        with pytest.raises(ValueError, match="source"):
            await stream(source).debounce(2).for_each(seen.append)
        assert seen == ["a", "b"]


async def test_an_error_from_below_at_the_end_keeps_the_sources_error_as_its_context(autojump_clock) -> None:
    def fail(item: str) -> None:
        raise KeyError("sink")

    with pytest.raises(KeyError, match="sink") as caught:
        await stream(marbles, "ab#").debounce(2).for_each(fail)
    assert repr(caught.value.__context__) == "ValueError('source')"


async def test_an_error_from_below_ends_the_source(tap, autojump_clock) -> None:
    def fail(item: int) -> None:
        raise KeyError("sink")

    with pytest.raises(KeyError, match="sink"):
        await stream(tap.source(gap=3.0)).debounce(2).for_each(fail)
    assert tap.closed_at == [5.0]


async def test_stopping_early_interrupts_the_source(tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=3.0)).debounce(2).first() == 0
    assert tap.closed_at == [5.0]
    assert await stream(tap.source(gap=3.0)).debounce(1).take(2).collect() == [0, 1]
    assert tap.closed_at == [5.0, 12.0]


async def test_stopping_at_the_last_items(tap) -> None:
    """The source has ended when the steps below have enough."""
    assert await stream(tap.source(3)).debounce(2).first() == 2
    assert len(tap.closed_at) == 1


async def test_a_source_that_can_not_be_interrupted_is_stopped_at_its_next_item(autojump_clock) -> None:
    pulled: list[int] = []

    async def stubborn() -> AsyncIterator[int]:
        for i in range(100):
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            pulled.append(i)
            yield i

    assert await stream(stubborn).debounce(1).first() == 0
    assert pulled == [0, 1]
    assert trio.current_time() == 4.0


async def test_a_failing_cleanup_is_raised_and_nothing_more_emitted(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 0
            await trio.sleep(100)
        finally:
            raise ValueError("cleanup")

    with pytest.raises(ValueError, match="cleanup"):
        await stream(source).debounce(1).first()


async def test_a_busy_consumer_gets_the_latest_when_it_is_ready(autojump_clock) -> None:
    """The source is not held back: later items replace the pending one."""
    found = await timed(stream(marbles, "a---b---c---d-e------|").debounce(1), work=10)
    # Busy from 1 to 11; b and c are replaced; d at 12 is not quiet yet.
    assert found == [(1.0, "a"), (11.0, "c"), (21.0, "e")]
    assert trio.current_time() == 31.0


async def test_a_busy_consumer_gets_nothing_that_is_not_quiet_yet(autojump_clock) -> None:
    found = await timed(stream(marbles, "a--bcde---|").debounce(2), work=3)
    assert found == [(2.0, "a"), (8.0, "e")]


async def test_the_end_waits_for_the_item_on_its_way(autojump_clock) -> None:
    assert await timed(stream(marbles, "a--b|").debounce(1), work=10) == [(1.0, "a"), (11.0, "b")]
    assert trio.current_time() == 21.0


async def test_a_consumer_that_has_enough_when_the_source_has_ended(autojump_clock) -> None:
    async def slow(item: str) -> str:
        await trio.sleep(10)
        return item

    assert await stream(marbles, "a--b|").debounce(1).map(slow).first() == "a"
    assert trio.current_time() == 11.0

    async def source() -> AsyncIterator[str]:
        yield "a"
        await trio.sleep(2)
        yield "b"

    for _ in range(20):
        assert await stream(source).debounce(2).first() == "a"


async def test_an_endless_source_that_never_pauses_emits_nothing_and_can_be_cancelled(
    tap, autojump_clock
) -> None:
    with trio.move_on_after(5) as scope:
        await stream(tap.source(gap=0.01)).debounce(1).collect()
    assert scope.cancelled_caught
    assert len(tap.closed_at) == 1


async def test_an_item_in_time_does_not_wake_the_sleeper(autojump_clock) -> None:
    """It sleeps until the time that was due when it went to sleep, not once for each item."""

    class Steps(trio.abc.Instrument):
        def __init__(self) -> None:
            self.by_name: dict[str, int] = {}

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            name = task.name.rpartition(".")[2]
            self.by_name[name] = self.by_name.get(name, 0) + 1

    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    try:
        await stream(marbles, "a" * 100 + "|").debounce(10).drain()
    finally:
        trio.lowlevel.remove_instrument(steps)
    assert steps.by_name["emit_when_due"] <= 13


async def test_cancelled_the_pending_item_is_lost_and_ended_gracefully_it_is_not(autojump_clock) -> None:
    seen: list[str] = []
    with trio.move_on_after(3):
        await stream(marbles, "a-b-----|").debounce(5).for_each(seen.append)
    assert seen == []
    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(marbles, "a-b-----|").take_until(token).debounce(5).for_each, seen.append)
        await trio.sleep(3)
        token.cancel()
    assert seen == ["b"]
    assert trio.current_time() == 6.0


current = ContextVar("current", default="nobody")


async def test_context_variables_of_one_item_are_not_seen_by_the_next(autojump_clock) -> None:
    def mark(item: str) -> str:
        before = current.get()
        current.set(item)
        return before

    assert await stream(marbles, "a--b--c|").debounce(1).map(mark).collect() == ["nobody"] * 3
    # Two at the end: one due, one pending.
    assert await stream(marbles, "a-b|").take(2).debounce(2).map(mark).collect() == ["nobody"] * 2
    assert current.get() == "nobody"


async def test_twice_at_once_from_one_description(autojump_clock) -> None:
    described = stream(marbles, "ab--c|").debounce(2)
    found: list[list[tuple[float, str]]] = []

    async def one() -> None:
        found.append(await timed(described))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert found == [[(3.0, "b"), (5.0, "c")]] * 2


async def test_after_a_merge_and_above_another(autojump_clock) -> None:
    merged = stream(marbles, "a---c---|").merge(stream(marbles, "-b---d--|"))
    assert await timed(merged.debounce(2)) == [(3.0, "b"), (7.0, "d")]
    assert await timed(stream(marbles, "ab--c----|").debounce(2).debounce(4)) == [(9.0, "c")]


def test_bad_arguments() -> None:
    for bad in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seconds must be a number of seconds > 0 and finite, got"):
            stream([1]).debounce(bad)
    with pytest.raises(TypeError, match="seconds must be a number of seconds > 0 and finite, got '1'"):
        stream([1]).debounce("1")  # type: ignore[arg-type]


def expected(times: list[int], quiet: int, work: int, end: int) -> list[tuple[int, int]]:
    """Go through time second by second; an item is its index. All of the tie rules are in `<` and `<=`."""
    found: list[tuple[int, int]] = []
    emitted, free_at = -1, 0
    for now in range(end + 1):
        candidates = [i for i, time in enumerate(times) if time < now]
        if (
            candidates
            and candidates[-1] > emitted
            and free_at <= now
            and times[candidates[-1]] + quiet <= now
        ):
            emitted, free_at = candidates[-1], now + work
            found.append((now, emitted))
    if times and emitted < len(times) - 1:
        found.append((max(end, free_at), len(times) - 1))
    return found


@settings(deadline=None)  # a busy machine is no failure
@given(
    gaps=st.lists(st.integers(0, 6), max_size=30),
    quiet=st.integers(1, 5),
    work=st.integers(0, 9),
    then=st.integers(0, 8),
    seed=st.integers(0, 1000),
)
def test_against_a_model(gaps: list[int], quiet: int, work: int, then: int, seed: int) -> None:
    """Whole seconds, so that everything often falls on the same instant; the task order is random."""
    times = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    end = (times[-1] if times else 0) + then

    async def source() -> AsyncIterator[int]:
        for index, time in enumerate(times):
            await trio.sleep_until(time)
            yield index
        await trio.sleep_until(end)

    async def main() -> list[tuple[float, int]]:
        seen: list[tuple[float, int]] = []

        async def keep(item: int) -> None:
            seen.append((trio.current_time(), item))
            if work:
                await trio.sleep(work)

        await stream(source).debounce(quiet).for_each(keep)
        return seen

    trio_run._r.seed(seed)
    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == expected(
        times, quiet, work, end
    )
