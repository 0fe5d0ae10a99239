"""``timeout`` and ``take_until``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import trio

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


async def test_timeout_lets_a_prompt_source_pass(tap, autojump_clock) -> None:
    assert await stream(tap.source(5, gap=1.0)).timeout(1.5).collect() == [0, 1, 2, 3, 4]


async def test_timeout_counts_from_the_start_for_the_first_item(tap, autojump_clock) -> None:
    with pytest.raises(trio.TooSlowError, match=r"no item within 2 seconds"):
        await stream(tap.source(gap=3.0)).timeout(2.0).collect()
    assert tap.closed_at == [2.0], "what runs above is cancelled"


async def test_timeout_counts_the_gap_between_items(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        for gap in (1.0, 1.5, 3.0):
            await trio.sleep(gap)
            yield 0

    seen: list[float] = []
    with pytest.raises(trio.TooSlowError):
        await stream(source).timeout(2.0).for_each(lambda _: seen.append(trio.current_time()))
    assert seen == [1.0, 2.5]
    assert trio.current_time() == 4.5


async def test_timeout_does_not_blame_the_source_for_a_slow_consumer(tap, autojump_clock) -> None:
    async def slow(item: int) -> None:
        await trio.sleep(100)

    await stream(tap.source(3, gap=1.0)).timeout(2.0).for_each(slow)
    assert trio.current_time() == 303.0


async def test_timeout_above_a_timeout_and_outcomes_through_it(tap, autojump_clock) -> None:
    def bad(item: int) -> int:
        raise ValueError(item)

    found = await stream(tap.source(2, gap=1.0)).map(bad).timeout(1.5).outcomes().collect()
    assert [repr(o) for o in found] == ["Error(ValueError(0))", "Error(ValueError(1))"]
    found = await stream(tap.source(2, gap=3.0)).timeout(1.5).outcomes().collect()
    assert [type(o.error) for o in found] == [trio.TooSlowError]  # type: ignore[union-attr]


async def test_an_outer_deadline_is_not_taken_for_the_timeout(tap, autojump_clock) -> None:
    with trio.move_on_after(2) as scope:
        await stream(tap.source(gap=5.0)).timeout(3.0).collect()
    assert scope.cancelled_caught
    assert trio.current_time() == 2.0


async def test_take_until_interrupts_a_source_that_waits(tap, autojump_clock) -> None:
    token = CancellationToken()
    async with trio.open_nursery() as nursery:

        async def cancel() -> None:
            await trio.sleep(3.5)
            token.cancel("enough")

        nursery.start_soon(cancel)
        assert await stream(tap.source(gap=1.0)).take_until(token).collect() == [0, 1, 2]
    assert trio.current_time() == 3.5
    assert tap.closed_at == [3.5]


async def test_take_until_lets_the_item_that_is_on_its_way_down_finish(tap, autojump_clock) -> None:
    """Work below the token is finished, not dropped half done."""
    token = CancellationToken()
    saved: list[int] = []

    async def save(item: int) -> None:
        await trio.sleep(10)
        saved.append(item)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(tap.source(gap=1.0)).take_until(token).for_each, save)
        await trio.sleep(5)
        token.cancel()
    assert saved == [0]
    assert trio.current_time() == 11.0


async def test_take_until_lets_calls_in_flight_below_run_to_their_end(tap, gauge, autojump_clock) -> None:
    token = CancellationToken()
    async with trio.open_nursery() as nursery:

        async def cancel() -> None:
            await trio.sleep(3.5)
            token.cancel()

        nursery.start_soon(cancel)
        watched = gauge.watch(lambda item: 5.0)
        assert await stream(tap.source(gap=1.0)).take_until(token).map(watched, limit=10).collect() == [
            0,
            1,
            2,
        ]
    assert (gauge.started, gauge.finished) == (3, 3)
    assert trio.current_time() == 8.0


async def test_take_until_a_cancelled_token_does_not_start_the_source(tap) -> None:
    token = CancellationToken()
    token.cancel()
    assert await stream(tap.source()).take_until(token).collect() == []
    assert tap.pulled == 0


async def test_take_until_when_the_steps_themselves_cancel_the_token(tap) -> None:
    token = CancellationToken()

    def look(item: int) -> int:
        if item == 2:
            token.cancel()
        return item

    assert await stream(tap.source()).take_until(token).map(look).collect() == [0, 1, 2]
    token = CancellationToken()

    def from_above() -> AsyncIterator[int]:
        async def items() -> AsyncIterator[int]:
            yield 1
            token.cancel()
            yield 2

        return items()

    assert await stream(from_above).take_until(token).collect() == [1]


async def test_take_until_with_failures_as_values(tap, autojump_clock) -> None:
    token = CancellationToken()

    def bad(item: int) -> int:
        if item == 2:
            token.cancel()
        raise ValueError(item)

    found = await stream(tap.source()).map(bad).take_until(token).outcomes().collect()
    assert [repr(o) for o in found] == ["Error(ValueError(0))", "Error(ValueError(1))"]


async def test_take_until_leaves_nothing_at_the_token(tap) -> None:
    token = CancellationToken()
    await stream(tap.source(3)).take_until(token).collect()
    with pytest.raises(ZeroDivisionError):
        await stream(tap.source(3)).take_until(token).map(lambda x: 1 / x).collect()
    assert not token._callbacks


async def test_an_outer_cancellation_is_not_taken_for_the_token(autojump_clock) -> None:
    with trio.move_on_after(2) as scope:
        await Stream.ticks(5).skip(1).take_until(CancellationToken()).collect()
    assert scope.cancelled_caught


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="seconds must be a number of seconds > 0 and finite, got 0"):
        stream([1]).timeout(0)
    with pytest.raises(TypeError, match=r"token must be a CancellationToken, got <trio.Event"):
        stream([1]).take_until(_event())  # type: ignore[arg-type]


def _event() -> object:
    class Event:
        def __repr__(self) -> str:
            return "<trio.Event>"

    return Event()


async def test_until_interrupts_a_wait_for_the_first_item(autojump_clock) -> None:
    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(_never).take_until(token).drain)
        await trio.sleep(1)
        token.cancel()
    assert trio.current_time() == 1


async def _never() -> AsyncIterator[int]:
    await trio.sleep(1000)
    yield 0


async def test_a_source_that_cancels_the_token_itself_is_not_pulled_further() -> None:
    token = CancellationToken()
    pulled = 0

    def source() -> Iterator[int]:
        nonlocal pulled
        for item in range(100):
            pulled += 1
            if item == 3:
                token.cancel()
            yield item

    assert await stream(source).take_until(token).collect() == [0, 1, 2]
    assert pulled == 4
