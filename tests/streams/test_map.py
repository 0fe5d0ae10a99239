"""``map``: order, bound, errors, cancellation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import stream

BOUNDS = [1, 2, 10, 100]


async def test_a_plain_an_async_and_a_lambda_returning_a_coroutine() -> None:
    async def double(item: int) -> int:
        await trio.lowlevel.checkpoint()
        return 2 * item

    for limit in (1, 3):
        assert await stream(range(4)).map(lambda x: 2 * x, limit=limit).collect() == [0, 2, 4, 6]
        assert await stream(range(4)).map(double, limit=limit).collect() == [0, 2, 4, 6]
        assert await stream(range(4)).map(lambda x: double(x), limit=limit).collect() == [0, 2, 4, 6]


async def test_a_function_may_return_a_coroutine_for_some_items_only() -> None:
    async def double(item: int) -> int:
        return 2 * item

    class Later:
        def __await__(self) -> Iterator[object]:
            yield from trio.lowlevel.checkpoint().__await__()
            return "later"

    def some(item: int) -> object:
        return Later() if item == 3 else double(item) if item % 2 else item

    assert await stream([0, 0, 1, 2, 3]).map(some).collect() == [0, 0, 2, 2, "later"]


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_ordered_results_come_in_the_order_of_the_items(fed: bool, tap, gauge, autojump_clock) -> None:
    source = stream(tap.source(25)) if fed else stream(range(25))
    watched = gauge.watch(lambda item: (10 - item % 10) / 10)
    assert await source.map(watched, limit=10).collect() == list(range(25))
    assert gauge.most == 10
    assert trio.current_time() == pytest.approx(2.1)


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_unordered_results_come_as_they_are_ready(fed: bool, tap, gauge, autojump_clock) -> None:
    source = stream(tap.source(6)) if fed else stream(range(6))
    watched = gauge.watch(lambda item: 6 - item)
    assert await source.map(watched, limit=6, ordered=False).collect() == [5, 4, 3, 2, 1, 0]
    assert trio.current_time() == 6.0


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", BOUNDS)
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_never_more_calls_than_the_limit(
    fed: bool, limit: int, ordered: bool, tap, gauge, autojump_clock
) -> None:
    source = stream(tap.source(250)) if fed else stream(range(250))
    watched = gauge.watch(lambda item: 1.0)
    results = await source.map(watched, limit=limit, ordered=ordered).collect()
    assert sorted(results) == list(range(250))
    assert gauge.most == limit
    assert trio.current_time() == -(-250 // limit)


async def test_a_limit_of_many_starts_no_more_tasks_than_items(autojump_clock) -> None:
    most = 0

    async def look(item: int) -> int:
        nonlocal most
        await trio.sleep(1)
        nursery = trio.lowlevel.current_task().parent_nursery
        assert nursery is not None
        most = max(most, len(nursery.child_tasks))
        return item

    assert await stream([1, 2, 3]).map(look, limit=1000).collect() == [1, 2, 3]
    assert most <= 7


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_little_is_pulled_ahead_of_what_is_started(fed: bool, ordered: bool, tap) -> None:
    limit, worst = 5, 0

    def numbers() -> Iterator[int]:
        for i in range(200):
            tap.pulled += 1
            yield i

    started = 0

    async def fn(item: int) -> int:
        nonlocal started, worst
        started += 1
        worst = max(worst, tap.pulled - started)
        await trio.lowlevel.checkpoint()
        return item

    source = stream(tap.source(200)) if fed else stream(numbers())
    await source.map(fn, limit=limit, ordered=ordered).drain()
    assert started == 200
    assert worst <= limit


@pytest.mark.parametrize("ordered", [True, False])
async def test_a_consumer_that_stops_stops_the_calls(ordered: bool, gauge, autojump_clock) -> None:
    """Results that nobody takes must not pile up: backpressure reaches the source."""
    watched = gauge.watch(lambda item: 0.01)
    async with stream(range(1_000_000)).map(watched, limit=10, ordered=ordered).open() as items:
        for _ in range(100):
            await anext(items)
        await trio.sleep(100)
        assert gauge.started <= 140


async def test_a_limiter_can_be_shared_by_two_streams(gauge, autojump_clock) -> None:
    limiter = trio.CapacityLimiter(3)
    watched = gauge.watch(lambda item: 1.0)
    async with trio.open_nursery() as nursery:
        for ordered in (True, False):
            nursery.start_soon(stream(range(6)).map(watched, limit=limiter, ordered=ordered).drain)
    assert gauge.most == 3
    assert trio.current_time() == 4.0
    assert limiter.borrowed_tokens == 0


async def test_a_limiter_that_grows_meanwhile_is_used_up(gauge, autojump_clock) -> None:
    limiter = trio.CapacityLimiter(1)
    watched = gauge.watch(lambda item: 1.0)

    async def grow() -> None:
        await trio.sleep(1.5)
        limiter.total_tokens = 5

    async with trio.open_nursery() as nursery:
        nursery.start_soon(grow)
        await stream(range(40)).map(watched, limit=limiter).drain()
    assert gauge.most == 5


async def test_a_limiter_without_a_limit(gauge, autojump_clock) -> None:
    watched = gauge.watch(lambda item: 1.0)
    await stream(range(50)).map(watched, limit=trio.CapacityLimiter(float("inf"))).drain()
    assert gauge.most == 50


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_in_order_the_failure_at_k_comes_after_the_results_before_k(
    fed: bool, tap, autojump_clock
) -> None:
    cancelled: list[int] = []

    async def fn(item: int) -> int:
        try:
            # Item 4 fails first, item 2 later; items before 2 are slower still, items behind never end.
            await trio.sleep({0: 5, 1: 4, 2: 3, 4: 1}.get(item, 1000))
        except trio.Cancelled:
            cancelled.append(item)
            raise
        if item in (2, 4):
            raise ValueError(item)
        return item

    source = stream(tap.source()) if fed else stream(range(100))
    seen: list[int] = []
    with pytest.raises(ValueError, match="2"):
        await source.map(fn, limit=6).for_each(seen.append)
    assert seen == [0, 1]
    assert sorted(cancelled) == [3, 5]
    assert trio.current_time() == 5.0
    if fed:
        assert len(tap.closed_at) == 1
        assert tap.closed_at[0] <= 1.0, "the source ends when the first failure is known"


async def test_unordered_a_failure_ends_the_stream_at_once(gauge, autojump_clock) -> None:
    async def fn(item: int) -> int:
        await trio.sleep(item)
        if item == 2:
            raise ValueError(item)
        return item

    seen: list[int] = []
    with pytest.raises(ValueError, match="2"):
        await stream([5, 4, 2, 1, 3]).map(fn, limit=5, ordered=False).for_each(seen.append)
    assert seen == [1]
    assert trio.current_time() == 2.0


async def test_several_failures_at_once_arrive_as_a_group(autojump_clock) -> None:
    async def fn(item: int) -> None:
        try:
            await trio.sleep(1 if item == 0 else 100)
        finally:
            raise ValueError(item)

    with pytest.RaisesGroup(ValueError, ValueError, ValueError) as caught:
        await stream(range(3)).map(fn, limit=3, ordered=False).drain()
    assert sorted(exc.args[0] for exc in caught.value.exceptions) == [0, 1, 2]


@pytest.mark.parametrize("ordered", [True, False])
async def test_after_a_failure_no_new_item_is_started(ordered: bool, gauge, autojump_clock) -> None:
    started: list[int] = []

    async def fn(item: int) -> int:
        started.append(item)
        await trio.sleep(1 + item)
        if item == 1:
            raise ValueError("item 1")
        return item

    with pytest.raises(ValueError, match="item 1"):
        await stream(range(100)).map(fn, limit=3, ordered=ordered).drain()
    assert sorted(started) == [0, 1, 2, 3]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_a_failing_source_lets_ordered_results_out_first(
    fed: bool, ordered: bool, tap, gauge, autojump_clock
) -> None:
    def failing() -> Iterator[int]:
        yield from range(4)
        raise KeyError("source")

    source = stream(tap.source(4, error=KeyError("source"))) if fed else stream(failing())
    seen: list[int] = []
    with pytest.raises(KeyError, match="source"):
        await source.map(gauge.watch(lambda item: 4 - item), limit=10, ordered=ordered).for_each(seen.append)
    assert seen == ([0, 1, 2, 3] if ordered else [])
    assert trio.current_time() == (4.0 if ordered else 0.0)


async def test_a_source_that_fails_when_everything_before_has_been_emitted(autojump_clock) -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        await trio.sleep(5)
        raise KeyError("late")

    seen: list[int] = []
    with pytest.raises(KeyError, match="late"):
        await stream(failing).map(lambda x: x, limit=3).for_each(seen.append)
    assert seen == [1]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_stopping_early_cancels_and_awaits_what_is_in_flight(
    fed: bool, ordered: bool, tap, gauge, autojump_clock
) -> None:
    cleaned: list[int] = []

    async def fn(item: int) -> int:
        try:
            await trio.sleep(1 + item)
            return item
        finally:
            with trio.move_on_after(1, shield=True):
                await trio.sleep(0.5 if item else 0)
                cleaned.append(item)

    source = stream(tap.source()) if fed else stream(range(1000))
    assert await source.map(fn, limit=4, ordered=ordered).first() == 0
    assert sorted(cleaned) == [0, 1, 2, 3]
    assert trio.current_time() == 1.5, "the cleanup was awaited, nothing else"
    if fed:
        assert len(tap.closed_at) == 1


async def test_stopping_early_lets_the_source_close_in_peace(tap, autojump_clock) -> None:
    """A source that waits to hand its item over is asked to end, not cancelled: its cleanup may await."""

    async def fn(item: int) -> int:
        await trio.sleep(1)
        return item

    assert await stream(tap.source(closing=2.0)).map(fn, limit=2).first() == 0
    assert tap.closed_at == [3.0]


async def test_a_source_that_waits_is_cancelled_when_the_stream_stops(tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=1.0)).map(lambda x: x, limit=2).take(3).collect() == [0, 1, 2]
    assert trio.current_time() == pytest.approx(3.0)
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("ordered", [True, False])
async def test_a_source_that_can_not_be_interrupted_is_stopped_at_its_next_item(
    ordered: bool, autojump_clock
) -> None:
    pulled: list[int] = []

    async def stubborn() -> AsyncIterator[int]:
        for i in range(100):
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            pulled.append(i)
            yield i

    async def slow(item: int) -> int:
        await trio.sleep(1)
        return item

    assert await stream(stubborn).map(slow, limit=2, ordered=ordered).first() == 0
    assert pulled == [0, 1]
    assert trio.current_time() == 4.0


async def test_in_order_a_later_failure_does_not_replace_an_earlier_one(autojump_clock) -> None:
    async def fn(item: int) -> int:
        try:
            await trio.sleep({0: 3, 1: 1}.get(item, 100))
        except trio.Cancelled:
            raise KeyError("cleanup") from None
        if item == 1:
            raise ValueError(item)
        return item

    seen: list[int] = []
    with pytest.raises(ValueError, match="1"):
        await stream(range(3)).map(fn, limit=3).for_each(seen.append)
    assert seen == [0]


@pytest.mark.parametrize("step", ["map", "map unordered", "flat_map"])
async def test_calls_that_never_wait_starve_nobody(step: str) -> None:
    calls = 0

    def call(item: int) -> list[int]:
        nonlocal calls
        calls += 1
        if calls == 1000:
            scope.cancel()
        return [item]

    source = stream(range(1_000_000))
    described = {
        "map": source.map(call, limit=3),
        "map unordered": source.map(call, limit=3, ordered=False),
        "flat_map": source.flat_map(call, limit=3),
    }[step]
    with trio.CancelScope() as scope:
        await described.drain()
    assert scope.cancelled_caught
    assert calls <= 1000 + 3 * 128


@pytest.mark.parametrize("ordered", [True, False])
async def test_a_failure_behind_the_point_of_stopping_never_came_to_pass(
    ordered: bool, autojump_clock
) -> None:
    async def fn(item: int) -> int:
        await trio.sleep(1 if item else 2)
        if item == 1 and ordered:
            raise ValueError(item)
        return item

    assert await stream([0, 1]).map(fn, limit=2, ordered=ordered).first() == (0 if ordered else 1)


@pytest.mark.parametrize("ordered", [True, False])
async def test_cancelled_from_outside_everything_ends_and_nothing_is_raised(
    ordered: bool, tap, gauge, autojump_clock
) -> None:
    with trio.move_on_after(5) as scope:
        await stream(tap.source()).map(gauge.watch(lambda item: 100), limit=7, ordered=ordered).drain()
    assert scope.cancelled_caught
    assert (gauge.started, gauge.cancelled, gauge.running) == (7, 7, 0)
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("limit", [1, 4])
@pytest.mark.parametrize("ordered", [True, False])
async def test_calls_below_run_one_at_a_time(limit: int, ordered: bool, gauge, autojump_clock) -> None:
    results = (
        await stream(range(8))
        .map(lambda x: x, limit=limit, ordered=ordered)
        .map(gauge.watch(lambda item: 1.0))
        .collect()
    )
    assert sorted(results) == list(range(8))
    assert gauge.most == 1
    assert trio.current_time() == 8.0


async def test_two_limits_in_one_chain(autojump_clock) -> None:
    most = {"a": 0, "b": 0}
    running = {"a": 0, "b": 0}

    def make(name: str):
        async def fn(item: int) -> int:
            running[name] += 1
            most[name] = max(most[name], running[name])
            await trio.sleep(1)
            running[name] -= 1
            return item

        return fn

    result = await stream(range(12)).map(make("a"), limit=4).map(make("b"), limit=3).collect()
    assert result == list(range(12))
    assert most == {"a": 4, "b": 3}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("ordered", [True, False])
def test_keyboard_interrupt_and_system_exit_pass_through(error: type[BaseException], ordered: bool) -> None:
    def fn(item: int) -> int:
        if item == 3:
            raise error
        return item

    async def main() -> None:
        await stream(range(10)).map(fn, limit=2, ordered=ordered).outcomes().drain()

    with pytest.raises(error):
        trio.run(main)


def test_bad_arguments_are_named() -> None:
    async def fn(item: int) -> int:
        return item

    with pytest.raises(ValueError, match=r"limit must be an int >= 1 or a trio.CapacityLimiter, got 0"):
        stream([1]).map(fn, limit=0)
    with pytest.raises(TypeError, match=r"limit must be .* got '3'"):
        stream([1]).map(fn, limit="3")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"fn must be a function, plain or async, got 3"):
        stream([1]).map(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"got the coroutine object '.*fn'"):
        stream([1]).map(fn(1))  # type: ignore[call-overload]


@given(
    durations=st.lists(st.integers(0, 5), max_size=30),
    limit=st.integers(1, 6),
    ordered=st.booleans(),
    fed=st.booleans(),
    bad=st.none() | st.integers(0, 29),
)
def test_against_a_model(durations: list[int], limit: int, ordered: bool, fed: bool, bad: int | None) -> None:
    """In order: the results are those of a loop up to the first bad item. Unordered: a part of them."""
    seen: list[int] = []

    async def fn(item: int) -> int:
        await trio.sleep(durations[item])
        if item == bad:
            raise ValueError(item)
        return item

    async def agen() -> AsyncIterator[int]:
        for i in range(len(durations)):
            yield i

    async def main() -> None:
        source = stream(agen) if fed else stream(range(len(durations)))
        await source.map(fn, limit=limit, ordered=ordered).for_each(seen.append)

    fails = bad is not None and bad < len(durations)
    clock = trio.testing.MockClock(autojump_threshold=0)
    if fails:
        with pytest.raises(ValueError, match=str(bad)):
            trio.run(main, clock=clock)
    else:
        trio.run(main, clock=clock)
    everything = list(range(len(durations)))
    if ordered:
        assert seen == (everything[:bad] if fails else everything)
    elif fails:
        assert bad not in seen and len(set(seen)) == len(seen)
    else:
        assert sorted(seen) == everything
