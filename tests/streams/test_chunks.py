"""``chunks``: by size, by time from the first item, and what happens at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


async def at(*times: float, error: Exception | None = None, then: float = 0) -> AsyncIterator[float]:
    """Yield each time when it has come."""
    for time in times:
        await trio.sleep_until(time)
        yield time
    await trio.sleep(then)
    if error is not None:
        raise error


async def timed(batches: Stream[list[float]]) -> list[tuple[float, list[float]]]:
    seen: list[tuple[float, list[float]]] = []
    await batches.for_each(lambda batch: seen.append((trio.current_time(), batch)))
    return seen


async def test_by_size_the_last_batch_may_be_shorter() -> None:
    assert await stream(range(5)).chunks(2).collect() == [[0, 1], [2, 3], [4]]
    assert await stream(range(4)).chunks(2).collect() == [[0, 1], [2, 3]]
    assert await Stream.empty().chunks(2).collect() == [], "no empty batch"


async def test_the_time_counts_from_the_first_item_of_a_batch(autojump_clock) -> None:
    """A wait that starts anew with each item is a debounce: a steady trickle puts the flush off for ever."""
    trickle = [4.9 * i for i in range(1, 7)]
    assert await timed(stream(at, *trickle).chunks(100, within=5.0)) == [
        (pytest.approx(9.9), trickle[0:2]),
        (pytest.approx(19.7), trickle[2:4]),
        (pytest.approx(29.4), trickle[4:6]),
    ]


async def test_the_last_partial_batch_is_emitted_at_once_when_the_source_ends(autojump_clock) -> None:
    """A loop that goes on waiting after the end flushes late, and never returns."""
    assert await timed(stream(at, 1.0, 2.0).chunks(100, within=5.0)) == [(2.0, [1.0, 2.0])]


async def test_a_full_batch_does_not_wait(autojump_clock) -> None:
    assert await timed(stream(at, 1.0, 2.0, 2.5, 9.0).chunks(2, within=5.0)) == [
        (2.0, [1.0, 2.0]),
        (7.5, [2.5]),
        (9.0, [9.0]),
    ]


async def test_quiet_times_emit_nothing(autojump_clock) -> None:
    assert await timed(stream(at, 1.0, 100.0).chunks(2, within=5.0)) == [(6.0, [1.0]), (100.0, [100.0])]
    assert await stream(at).chunks(2, within=5.0).collect() == []


@pytest.mark.parametrize("within", [None, 5.0])
async def test_a_source_error_emits_the_partial_batch_first(within: float | None, autojump_clock) -> None:
    seen: list[list[float]] = []
    with pytest.raises(ValueError, match="source"):
        await (
            stream(lambda: at(1.0, 2.0, error=ValueError("source")))
            .chunks(9, within=within)
            .for_each(seen.append)
        )
    assert seen == [[1.0, 2.0]]
    with pytest.raises(ValueError, match="source"):
        await stream(lambda: at(error=ValueError("source"))).chunks(9, within=within).for_each(seen.append)
    assert seen == [[1.0, 2.0]], "no empty batch before the error"


@pytest.mark.parametrize("within", [None, 5.0])
async def test_an_error_from_below_emits_nothing_more(within: float | None, autojump_clock) -> None:
    seen: list[list[int]] = []

    def fail(batch: list[int]) -> None:
        seen.append(batch)
        raise ValueError("sink")

    with pytest.raises(ValueError, match="sink"):
        await stream(range(5)).chunks(2, within=within).for_each(fail)
    assert seen == [[0, 1]]


async def test_a_failing_flush_by_time_ends_the_stream_and_its_source(tap, autojump_clock) -> None:
    def fail(batch: list[int]) -> None:
        raise ValueError("sink")

    with pytest.raises(ValueError, match="sink"):
        await stream(tap.source(gap=1.0)).chunks(100, within=2.5).for_each(fail)
    assert tap.closed_at == [3.5]


@pytest.mark.parametrize("within", [None, 2.5])
async def test_stopping_early_stops_the_source(within: float | None, tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=1.0)).chunks(3, within=within).first() == [0, 1, 2]
    assert tap.closed_at == [3.0]


async def test_stopping_at_a_flush_by_time_interrupts_the_source(tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=10.0)).chunks(3, within=2.5).first() == [0]
    assert tap.closed_at == [12.5]


async def test_while_a_batch_is_handled_the_next_one_fills_up_to_its_size(tap, autojump_clock) -> None:
    seen: list[tuple[float, list[int]]] = []

    async def slow(batch: list[int]) -> None:
        seen.append((trio.current_time(), batch))
        await trio.sleep(10)

    await stream(tap.source(9, gap=1.0)).chunks(3, within=1.5).for_each(slow)
    # Flushed by time at 2.5; the next batch is full at 5 and must wait, and the source with it.
    assert seen == [(2.5, [0, 1]), (12.5, [2, 3, 4]), (25.0, [5, 6]), (35.0, [7, 8])]


async def test_a_source_that_can_not_be_interrupted_is_stopped_at_its_next_item(autojump_clock) -> None:
    pulled: list[int] = []

    async def stubborn() -> AsyncIterator[int]:
        for i in range(100):
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            pulled.append(i)
            yield i

    assert await stream(stubborn).chunks(9, within=1.0).first() == [0]
    assert pulled == [0, 1]
    assert trio.current_time() == 4.0


async def test_the_end_waits_for_a_batch_that_is_on_its_way(autojump_clock) -> None:
    done: list[list[float]] = []

    async def slow(batch: list[float]) -> None:
        await trio.sleep(10)
        done.append(batch)

    await stream(lambda: at(1.0, then=3.0)).chunks(3, within=1.0).for_each(slow)
    assert done == [[1.0]]
    assert trio.current_time() == 12.0


async def test_cancelled_the_open_batch_is_lost_and_ended_gracefully_it_is_not(autojump_clock) -> None:
    from trio_patterns.shutdown import CancellationToken

    seen: list[list[float]] = []
    with trio.move_on_after(3):
        await stream(at, 1.0, 2.0, 99.0).chunks(9, within=50.0).for_each(seen.append)
    assert seen == []
    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            stream(at, 4.0, 5.0, 99.0).take_until(token).chunks(9, within=50.0).for_each, seen.append
        )
        await trio.sleep_until(6)
        token.cancel()
    assert seen == [[4.0, 5.0]]
    assert trio.current_time() == 6.0


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="size must be an int >= 1, got 0"):
        stream([1]).chunks(0)
    for bad in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="within must be a number of seconds > 0 and finite, got"):
            stream([1]).chunks(1, within=bad)
    with pytest.raises(TypeError, match=r"within must be .*, got '5'"):
        stream([1]).chunks(1, within="5")  # type: ignore[arg-type]


@given(
    gaps=st.lists(st.integers(0, 40), max_size=40),
    size=st.integers(1, 6),
    within=st.integers(1, 30),
)
def test_against_a_model(gaps: list[int], size: int, within: int) -> None:
    """Times are odd tenths for items and even ones for deadlines, so nothing happens at the same instant."""
    times: list[float] = []
    now = 0
    for gap in gaps:
        now += 2 * gap
        times.append((now + 1) / 10)

    expected: list[tuple[float, list[float]]] = []
    batch: list[float] = []
    due = 0.0
    for time in times:
        if batch and due < time:
            expected.append((due, batch))
            batch = []
        if not batch:
            due = time + (2 * within + 1) / 10
        batch.append(time)
        if len(batch) == size:
            expected.append((time, batch))
            batch = []
    if batch:
        expected.append((times[-1], batch))

    async def main() -> None:
        found = await timed(stream(at, *times).chunks(size, within=(2 * within + 1) / 10))
        assert [batch for _, batch in found] == [batch for _, batch in expected]
        assert [time for time, _ in found] == pytest.approx([time for time, _ in expected])

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
