"""bounded_map: results in input order, a bound that holds, and nothing left behind."""

from __future__ import annotations

import contextvars
import functools
import gc
import itertools
import math
import re
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.backpressure import bounded_map, bounded_outcomes

from .conftest import Gauge


async def double(x: int) -> int:
    return 2 * x


async def count_to(n: int) -> AsyncIterator[int]:
    for i in range(n):
        yield i


# --- results


async def test_results_come_in_input_order_whatever_order_the_calls_end_in(autojump_clock):
    async def slow_first(x: int) -> int:
        await trio.sleep(10 - x)
        return x

    assert await bounded_map(slow_first, range(10), limit=10) == list(range(10))
    assert trio.current_time() == 10


@pytest.mark.parametrize("items", [[], (), "", {}, iter([]), range(0)])
async def test_no_items_give_an_empty_list(items):
    assert await bounded_map(double, items) == []


async def test_items_may_be_any_iterable():
    async def same(x: Any) -> Any:
        return x

    class OldSequence:
        def __getitem__(self, i: int) -> int:
            if i == 3:
                raise IndexError
            return i

    assert await bounded_map(same, "abc") == ["a", "b", "c"]
    assert await bounded_map(same, {"k": 1}) == ["k"]
    assert await bounded_map(same, (i for i in range(3))) == [0, 1, 2]
    assert await bounded_map(same, OldSequence()) == [0, 1, 2]


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_items_may_be_an_async_iterable(limit):
    assert await bounded_map(double, count_to(25), limit=limit) == [2 * i for i in range(25)]


async def test_items_may_be_a_receive_channel_which_stays_open():
    send, receive = trio.open_memory_channel[int](10)
    with send:
        for i in range(5):
            send.send_nowait(i)
    assert await bounded_map(double, receive, limit=2) == [0, 2, 4, 6, 8]
    with pytest.raises(trio.EndOfChannel):  # not ClosedResourceError: it is its owner's to close
        receive.receive_nowait()
    receive.close()


async def test_async_fn_may_be_any_callable_that_returns_an_awaitable():
    class Doubler:
        async def __call__(self, x: int) -> int:
            return 2 * x

        async def method(self, x: int) -> int:
            return 2 * x

    class Ready:
        def __init__(self, value: int) -> None:
            self.value = value

        def __await__(self):
            yield from trio.lowlevel.checkpoint().__await__()  # noqa: ASYNC105
            return self.value

    async def scale(factor: int, x: int) -> int:
        return factor * x

    for fn in (Doubler(), Doubler().method, lambda x: double(x), functools.partial(scale, 2)):
        assert await bounded_map(fn, [1, 2]) == [2, 4]
    assert await bounded_map(Ready, [1, 2]) == [1, 2]


async def test_items_may_grow_while_they_are_processed():
    """A list that the calls append to is walked to its new end, as a for loop would."""
    todo = [3]

    async def walk(x: int) -> int:
        if x:
            todo.append(x - 1)
        return x

    assert await bounded_map(walk, todo, limit=1) == [3, 2, 1, 0]


# --- bound


@pytest.mark.parametrize("source", ["sync", "async"])
@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_the_limit_is_reached_and_never_exceeded(limit, source, gauge, autojump_clock):
    async def hold(_: int) -> None:
        with gauge:
            await trio.sleep(1)

    await bounded_map(hold, range(300) if source == "sync" else count_to(300), limit=limit)
    assert gauge.peak == limit
    assert trio.current_time() == math.ceil(300 / limit)


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
async def test_ten_at_a_time_unless_something_else_is_said(fn, gauge, autojump_clock):
    async def hold(_: int) -> None:
        with gauge:
            await trio.sleep(1)

    await fn(hold, range(30))
    assert gauge.peak == 10


@pytest.mark.parametrize("kind", ["sync", "async", "sync limiter", "async limiter"])
@pytest.mark.parametrize("limit", [1, 3, 10])
async def test_a_lazy_endless_source_is_never_pulled_far_ahead(kind, limit, autojump_clock):
    pulled = started = 0
    furthest = 0

    def sync_source() -> Iterator[int]:
        nonlocal pulled, furthest
        for i in itertools.count():
            pulled += 1
            furthest = max(furthest, pulled - started)
            yield i

    async def async_source() -> AsyncIterator[int]:
        for i in sync_source():
            await trio.lowlevel.checkpoint()
            yield i

    async def work(_: int) -> None:
        nonlocal started
        started += 1
        await trio.sleep(1)

    bound: Any = trio.CapacityLimiter(limit) if kind.endswith("limiter") else limit
    with trio.move_on_after(50.5) as scope:
        await bounded_map(work, async_source() if kind.startswith("async") else sync_source(), limit=bound)
    assert scope.cancelled_caught
    assert started == limit * 51
    assert furthest <= limit


async def test_three_items_do_not_start_a_thousand_tasks(autojump_clock):
    tasks = 0

    async def look(_: int) -> None:
        nonlocal tasks
        await trio.sleep(1)
        tasks = trio.lowlevel.current_statistics().tasks_living

    before = trio.lowlevel.current_statistics().tasks_living
    await bounded_map(look, [1, 2, 3], limit=1000)
    assert tasks - before <= 4


async def test_calls_that_never_yield_start_no_worker_for_each_of_them():
    """A worker starts the next when it has got its first item, not with every item."""
    tasks = 0

    async def look(_: int) -> None:
        nonlocal tasks
        tasks = trio.lowlevel.current_statistics().tasks_living

    before = trio.lowlevel.current_statistics().tasks_living
    await bounded_map(look, range(100), limit=1000)
    assert tasks - before == 2  # the worker, and the one that has not had its turn yet


async def test_the_number_of_tasks_is_bounded_by_the_limit_not_by_the_items(autojump_clock):
    """The naive version spawns, and keeps, a task and a handle for each item."""
    most = 0

    async def look(_: int) -> None:
        nonlocal most
        await trio.lowlevel.checkpoint()
        most = max(most, trio.lowlevel.current_statistics().tasks_living)

    before = trio.lowlevel.current_statistics().tasks_living
    await bounded_map(look, range(1000), limit=5)
    assert most - before == 5


async def test_items_are_not_kept():
    """Memory is O(limit) beside the results: an item that is done with is let go."""

    class Item:
        pass

    alive: list[weakref.ref[Item]] = []
    most = 0

    def source() -> Iterator[Item]:
        for _ in range(50):
            item = Item()
            alive.append(weakref.ref(item))
            yield item

    async def look(_: Item) -> None:
        nonlocal most
        await trio.lowlevel.checkpoint()
        most = max(most, sum(ref() is not None for ref in alive))

    gc.collect()
    await bounded_map(look, source(), limit=4)
    assert most <= 2 * 4 + 1


async def test_an_async_source_is_pulled_by_one_task_at_a_time(autojump_clock):
    class Source:
        busy = False
        n = 0

        def __aiter__(self) -> Source:
            return self

        async def __anext__(self) -> int:
            assert not self.busy
            self.busy = True
            await trio.sleep(0.1)
            self.busy = False
            self.n += 1
            if self.n > 30:
                raise StopAsyncIteration
            return self.n

    async def work(x: int) -> int:
        await trio.sleep(x % 3)
        return x

    assert await bounded_map(work, Source(), limit=5) == list(range(1, 31))


async def test_a_slow_async_source_does_not_hold_the_calls_up(autojump_clock):
    """While one worker waits for the next item, the calls before it go on and end."""
    done_at: list[float] = []

    async def every_10_seconds() -> AsyncIterator[int]:
        for i in range(3):
            yield i
            await trio.sleep(10)

    async def work(_: int) -> None:
        await trio.sleep(1)
        done_at.append(trio.current_time())

    await bounded_map(work, every_10_seconds(), limit=2)
    assert done_at == [1, 11, 21]


async def test_calls_that_never_yield_starve_nobody():
    """A sync source of always-ready items, and calls that do not yield: others get their turn every 128."""
    turns: list[int] = []
    n = 0

    async def count(_: int) -> None:
        nonlocal n
        n += 1

    async def other() -> None:
        while n < 10_000:
            turns.append(n)
            await trio.lowlevel.checkpoint()

    for source in (range(10_000), count_to(10_000)):
        n = 0
        turns.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await bounded_map(count, source, limit=1)
        # 128 before the other task's turn in one round, 128 after it in the next: trio shuffles each round.
        assert max(b - a for a, b in itertools.pairwise(turns)) <= 2 * 128


@pytest.mark.parametrize("source", ["sync", "async"])
async def test_calls_that_never_yield_are_128_between_two_checkpoints(source):
    steps = 0
    at: list[int] = []

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            nonlocal steps
            steps += 1

    async def note(_: int) -> None:
        at.append(steps)

    trio.lowlevel.add_instrument(instrument := Steps())
    await bounded_map(note, range(300) if source == "sync" else count_to(300), limit=1)
    trio.lowlevel.remove_instrument(instrument)
    assert [len(list(calls)) for _, calls in itertools.groupby(at)] == [128, 128, 44]


async def test_a_cancellation_is_seen_although_no_call_yields():
    """An endless loop over items that are always ready ends promptly when cancelled."""
    n = 0
    with trio.CancelScope() as scope:

        async def count(_: int) -> None:
            nonlocal n
            n += 1
            if n == 1000:
                scope.cancel()

        await bounded_map(count, itertools.count(), limit=1)
    assert scope.cancelled_caught
    assert n <= 1000 + 128


# --- a limit shared between calls


async def test_a_shared_limiter_bounds_several_calls_together(gauge, autojump_clock):
    limiter = trio.CapacityLimiter(3)

    async def hold(_: int) -> None:
        with gauge:
            assert limiter.borrowed_tokens <= 3
            await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(functools.partial(bounded_map, hold, range(10), limit=limiter))
    assert gauge.peak == 3
    assert trio.current_time() == 10
    assert limiter.borrowed_tokens == 0


async def test_calls_that_share_a_limiter_get_fair_shares(autojump_clock):
    """A long call does not keep the tokens from item to item while a short one waits."""
    limiter = trio.CapacityLimiter(1)
    ended: dict[str, float] = {}

    async def call(name: str, n: int) -> None:
        await bounded_map(lambda _: trio.sleep(1), range(n), limit=limiter)  # noqa: ASYNC105
        ended[name] = trio.current_time()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, "long", 20)
        nursery.start_soon(call, "short", 3)
    assert ended["long"] == 23
    assert ended["short"] in (5, 6)


async def test_a_slow_source_holds_no_token_that_another_call_needs(autojump_clock):
    """Two stages share one token; the second feeds on the first. Waiting for an item with a token in hand
    would be a deadlock."""
    limiter = trio.CapacityLimiter(1)
    send, receive = trio.open_memory_channel[int](0)

    async def first() -> None:
        with send:
            await bounded_map(send.send, range(5), limit=limiter)

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            # The second stage takes a token only for its calls; the first needs one to hand over an item.
            buffered = [x async for x in receive]
    assert buffered == list(range(5))

    async def slow_source() -> AsyncIterator[int]:
        for i in range(5):
            await bounded_map(double, [i], limit=limiter)
            yield i

    with trio.fail_after(10):
        assert await bounded_map(double, slow_source(), limit=limiter) == [0, 2, 4, 6, 8]


async def test_the_end_of_the_items_does_not_wait_for_a_token(autojump_clock):
    """A call whose items are done returns, although all tokens are with others for an hour."""
    limiter = trio.CapacityLimiter(1)
    async with trio.open_nursery() as nursery:

        async def grab_then(_: int) -> None:
            nursery.start_soon(functools.partial(bounded_map, trio.sleep, [3600], limit=limiter))
            await trio.sleep(1)

        await bounded_map(grab_then, [0], limit=limiter)
        assert trio.current_time() == 1
        await trio.testing.wait_all_tasks_blocked()
        assert limiter.borrowed_tokens == 1


async def test_a_limiter_may_be_unlimited_and_may_change(gauge, autojump_clock):
    limiter = trio.CapacityLimiter(math.inf)

    async def hold(_: int) -> None:
        with gauge:
            await trio.sleep(1)

    await bounded_map(hold, range(50), limit=limiter)
    assert gauge.peak == 50
    assert trio.current_time() == 1

    limiter.total_tokens = 2
    async with trio.open_nursery() as nursery:
        gauge.peak = 0
        nursery.start_soon(functools.partial(bounded_map, hold, range(10), limit=limiter))
        await trio.sleep(1.5)
        assert gauge.peak == 2
        limiter.total_tokens = 4
        await trio.sleep(0.1)
        assert gauge.now == 4
        limiter.total_tokens = 1
        await trio.sleep(2.5)
        assert gauge.now == 1


async def test_the_function_may_hold_a_token_of_the_same_limiter():
    """Tokens are borrowed on behalf of an object of the call's own, not of the task: no RuntimeError."""
    limiter = trio.CapacityLimiter(2)

    async def nested(x: int) -> int:
        async with limiter:
            return x

    assert await bounded_map(nested, [1], limit=limiter) == [1]


async def test_a_limiter_look_alike_will_do():
    class Counting:
        free = 2
        waiting = 0

        async def acquire_on_behalf_of(self, borrower: object) -> None:
            while not self.free:
                self.waiting += 1
                await trio.lowlevel.checkpoint()
            self.free -= 1

        def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
            if not self.free:
                raise trio.WouldBlock
            self.free -= 1

        def release_on_behalf_of(self, borrower: object) -> None:
            self.free += 1

    limiter = Counting()

    async def work(x: int) -> int:
        await trio.lowlevel.checkpoint()
        return x

    assert await bounded_map(work, range(20), limit=limiter) == list(range(20))
    assert limiter.free == 2
    assert limiter.waiting


@pytest.mark.parametrize("how", ["fails", "cancelled"])
async def test_tokens_are_given_back_on_every_path(how, autojump_clock):
    limiter = trio.CapacityLimiter(3)

    async def work(x: int) -> None:
        await trio.sleep(x)
        if how == "fails":
            raise ValueError

    with trio.move_on_after(1.5):
        with pytest.raises(ValueError) if how == "fails" else trio.CancelScope():
            await bounded_map(work, [5, 1, 9, 9, 9], limit=limiter)
    assert limiter.borrowed_tokens == 0
    assert limiter.statistics().tasks_waiting == 0


# --- errors


@pytest.mark.parametrize("source", ["sync", "async", "limiter"])
async def test_one_failure_cancels_the_rest_and_arrives_as_itself(source, gauge, autojump_clock):
    cause = KeyError("cause")

    async def work(x: int) -> None:
        with gauge:
            await trio.sleep(x)
            if x == 2:
                raise ValueError("two") from cause

    items: Any = count_to(1000) if source == "async" else range(1000)
    with pytest.raises(ValueError, match="two") as caught:
        await bounded_map(work, items, limit=trio.CapacityLimiter(5) if source == "limiter" else 5)
    assert caught.value.__cause__ is cause
    assert caught.traceback[-1].name == "work"
    assert trio.current_time() == 2
    assert (gauge.now, gauge.finished, gauge.cancelled) == (0, 2, 4)


@pytest.mark.parametrize("source", ["sync", "async", "limiter"])
async def test_no_item_is_started_after_a_failure_even_by_a_worker_that_is_just_waking_up(source):
    """Tasks that were scheduled already when the failure came would otherwise take one more item each."""
    for _ in range(20):
        failed = False
        started_after = 0

        async def work(x: int) -> None:
            nonlocal failed, started_after
            started_after += failed
            await trio.lowlevel.checkpoint()
            if x == 10:
                failed = True
                raise ValueError

        items: Any = count_to(1000) if source == "async" else range(1000)
        with pytest.raises(ValueError):
            await bounded_map(work, items, limit=trio.CapacityLimiter(5) if source == "limiter" else 5)
        assert started_after == 0


async def test_calls_in_flight_are_awaited_with_their_cleanup(autojump_clock):
    cleaned = []

    async def work(x: int) -> None:
        try:
            await trio.sleep(x)
            raise ValueError
        finally:
            with trio.move_on_after(1, shield=True):
                await trio.sleep(0.5)
            cleaned.append(x)

    with pytest.raises(ValueError):
        await bounded_map(work, [1, 100, 100], limit=3)
    assert sorted(cleaned) == [1, 100, 100]
    assert trio.current_time() == 2


async def test_several_failures_arrive_as_a_group(autojump_clock):
    async def work(x: int) -> None:
        try:
            await trio.sleep(x)
        except trio.Cancelled:
            raise KeyError("while cleaning up") from None
        raise ValueError

    with pytest.RaisesGroup(ValueError, KeyError):
        await bounded_map(work, [1, 100], limit=2)


async def test_a_group_from_one_call_stays_whole(autojump_clock):
    error = ValueError()

    async def work(_: int) -> None:
        raise ExceptionGroup("mine", [error])

    with pytest.raises(ExceptionGroup, match="mine") as caught:
        await bounded_map(work, [1])
    assert caught.value.exceptions == (error,)


@pytest.mark.parametrize("exc", [KeyboardInterrupt(), SystemExit(3)])
async def test_interrupts_pass_through(exc):
    async def work(_: int) -> None:
        raise exc

    with pytest.raises(type(exc)) as caught:
        await bounded_map(work, [1, 2])
    assert caught.value is exc


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_failing_source_fails_the_call(fn, kind, gauge, autojump_clock):
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("source")

    async def abroken() -> AsyncIterator[int]:
        for x in broken():
            yield x

    async def work(_: int) -> None:
        with gauge:
            await trio.sleep(10)

    with pytest.raises(OSError, match="source"):
        await fn(work, broken() if kind == "sync" else abroken(), limit=5)
    assert gauge.started == gauge.cancelled == 2
    assert trio.current_time() == 0


# --- cancellation


@pytest.mark.parametrize("source", ["sync", "async", "limiter"])
async def test_cancelled_in_the_middle_leaves_no_task(source, gauge, autojump_clock):
    async def work(_: int) -> None:
        with gauge:
            await trio.sleep(1)

    before = trio.lowlevel.current_statistics().tasks_living
    items: Any = count_to(1000) if source == "async" else range(1000)
    with trio.move_on_after(2.5) as scope:
        await bounded_map(work, items, limit=trio.CapacityLimiter(4) if source == "limiter" else 4)
    assert scope.cancelled_caught
    assert (gauge.now, gauge.finished, gauge.cancelled) == (0, 8, 4)
    assert trio.lowlevel.current_statistics().tasks_living == before


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
async def test_called_in_a_cancelled_scope_it_starts_nothing(fn, gauge):
    async def work(_: int) -> None:
        with gauge:
            pass

    source = iter(range(3))
    with trio.CancelScope() as scope:
        scope.cancel()
        await fn(work, source)
    assert scope.cancelled_caught
    assert gauge.started == 0
    assert next(source) == 0


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
async def test_it_is_always_a_checkpoint(items):
    with trio.testing.assert_checkpoints():
        await bounded_map(double, items)


@pytest.mark.parametrize("kind", ["list", "generator", "limiter"])
def test_whatever_the_step_of_the_cancel_all_is_released_and_closed(cancel_at_every_step, kind):
    def make():
        gauge = Gauge()
        limiter = trio.CapacityLimiter(2)
        closed = []

        async def source() -> AsyncIterator[int]:
            try:
                for i in range(6):
                    await trio.sleep(0.5)
                    yield i
            finally:
                with trio.move_on_after(1, shield=True):
                    await trio.sleep(0.1)
                closed.append(True)

        async def work(_: int) -> None:
            with gauge:
                await trio.sleep(1)

        async def scenario() -> None:
            if kind == "list":
                await bounded_map(work, range(6), limit=2)
            else:
                generator = source()
                await anext(generator)
                await bounded_map(work, generator, limit=limiter if kind == "limiter" else 2)

        def check() -> None:
            assert gauge.now == 0
            assert gauge.started == gauge.finished + gauge.cancelled
            assert limiter.borrowed_tokens == 0
            assert limiter.statistics().tasks_waiting == 0

        return scenario, check

    assert cancel_at_every_step(make) > 8


@pytest.mark.parametrize("kind", ["sync", "async", "limiter"])
async def test_once_cancelled_nothing_is_started_although_calls_are_shielded(kind, gauge, autojump_clock):
    """Calls that see no cancellation, one after the other, would put the end off while items last."""

    async def commit(_: int) -> None:
        with gauge, trio.CancelScope(shield=True):
            await trio.sleep(2)

    items: Any = count_to(1000) if kind == "async" else range(1000)
    with trio.move_on_after(3) as scope:
        await bounded_map(commit, items, limit=trio.CapacityLimiter(2) if kind == "limiter" else 2)
    assert scope.cancelled_caught
    assert trio.current_time() == 4
    assert gauge.started == gauge.finished == 4


# --- closing the source


@pytest.mark.parametrize("how", ["exhausted", "fails", "cancelled", "born cancelled"])
async def test_an_async_generator_is_closed_on_every_path_with_its_cleanup_awaited(how, autojump_clock):
    """Left to the garbage collector, it would be closed late, in a task where every await is cancelled."""
    log = []

    async def source() -> AsyncIterator[int]:
        try:
            for i in range(3 if how == "exhausted" else 1000):
                yield i
        finally:
            # In a cancelled scope this await would fail at once, were it not shielded for the generator.
            await trio.sleep(0.25)
            log.append("cleaned up")

    async def work(x: int) -> None:
        await trio.sleep(1)
        if how == "fails":
            raise ValueError

    generator = source()
    if how == "born cancelled":
        await anext(generator)
    with trio.CancelScope(deadline=0 if how == "born cancelled" else 2.5):
        try:
            await bounded_map(work, generator, limit=2)
        except ValueError:
            log.append("ValueError")
    assert log[0] == "cleaned up"
    assert log[1:] == (["ValueError"] if how == "fails" else [])


async def test_a_generator_that_hangs_in_its_cleanup_delays_a_cancelled_call_by_5_seconds_at_most(
    autojump_clock,
):
    async def source() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            await trio.sleep(100)

    with trio.move_on_after(1):
        await bounded_map(trio.sleep, source(), limit=2)
    assert trio.current_time() == 6


async def test_a_failing_cleanup_is_reported_beside_the_failure(autojump_clock):
    async def source() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise KeyError("cleanup")

    async def work(_: int) -> None:
        await trio.sleep(1)
        raise ValueError("work")

    with pytest.RaisesGroup(ValueError, KeyError, match=r"^the calls and the closing of items failed$"):
        await bounded_map(work, source(), limit=1)

    with trio.move_on_after(0.5), pytest.raises(KeyError):
        await bounded_map(work, source(), limit=1)


async def test_what_passes_for_an_async_generator_is_closed_too_and_its_failure_at_the_end_is_raised():
    class Source(AsyncGenerator[int, None]):
        n = 0

        async def asend(self, value: None) -> int:
            self.n += 1
            if self.n > 3:
                raise StopAsyncIteration
            return self.n

        async def athrow(self, *args: Any) -> int:
            raise AssertionError("aclose is overridden")

        async def aclose(self) -> None:
            raise KeyError("cleanup")

    with pytest.raises(KeyError):
        await bounded_map(double, Source())


async def test_a_timeout_in_a_call_does_not_reach_the_generator(autojump_clock):
    """A timeout around ``__anext__`` kills an async generator: afterwards it only says that it is at its end,
    and the items behind are lost without a word."""

    async def source() -> AsyncIterator[int]:
        for i in range(6):
            await trio.sleep(1)
            yield i

    async def work(x: int) -> str:
        with trio.move_on_after(0.5):
            await trio.sleep_forever()
        return f"{x} timed out"

    results = await bounded_map(work, source(), limit=2)
    assert results == [f"{i} timed out" for i in range(6)]


# --- context variables

var: contextvars.ContextVar[str] = contextvars.ContextVar("var", default="unset")


@pytest.mark.parametrize("suspends", [False, True])
@pytest.mark.parametrize("kind", ["sync", "async", "limiter"])
async def test_context_variables_set_for_one_item_are_not_seen_by_the_next(kind, suspends):
    var.set("caller's")
    seen = []

    async def work(x: int) -> None:
        seen.append(var.get())
        var.set(f"item {x}")
        if suspends:
            await trio.lowlevel.checkpoint()
        assert var.get() == f"item {x}"

    items: Any = count_to(10) if kind == "async" else range(10)
    await bounded_map(work, items, limit=trio.CapacityLimiter(2) if kind == "limiter" else 2)
    assert seen == ["caller's"] * 10
    assert var.get() == "caller's"


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_what_the_source_sets_for_one_item_does_not_stay_for_others(kind):
    var.set("caller's")

    def source() -> Iterator[int]:
        for i in range(6):
            if i == 0:
                var.set("source's")
            yield i

    async def asource() -> AsyncIterator[int]:
        for i in source():
            yield i

    async def work(_: int) -> str:
        value = var.get()
        await trio.lowlevel.checkpoint()
        return value

    results = await bounded_map(work, source() if kind == "sync" else asource(), limit=3)
    assert results == ["source's"] + ["caller's"] * 5


# --- arguments


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
@pytest.mark.parametrize(
    ("limit", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
        (True, TypeError),
        ("3", TypeError),
        (None, TypeError),
    ],
)
async def test_a_wrong_limit_is_refused(fn, limit, error):
    with pytest.raises(error, match=r"limit must be an int >= 1 or a trio\.CapacityLimiter"):
        await fn(double, [1], limit=limit)


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
async def test_what_is_not_an_async_function_is_refused(fn):
    with pytest.raises(TypeError, match=r"async_fn must be an async function, got the coroutine object"):
        await fn(double(1), [1])
    for wrong in (None, 3, "double"):
        with pytest.raises(TypeError, match="async_fn must be an async function"):
            await fn(wrong, [1])
    with pytest.raises(TypeError, match=r"async_fn must be an async function, got the async generator"):
        await fn(count_to, [1])


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
@pytest.mark.parametrize("limit", [2, trio.CapacityLimiter(2)])
@pytest.mark.parametrize("returned", [None, 3, [1]])
async def test_a_function_that_returns_no_awaitable_is_named(fn, limit, returned):
    plain = lambda x: returned  # noqa: E731
    told = f"async_fn must be an async function, but {plain!r} returned {returned!r}, which can't be awaited"
    with pytest.raises(TypeError, match=f"^{re.escape(told)}$") as caught:
        await fn(plain, [1], limit=limit)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("limit", [2, trio.CapacityLimiter(2)])
async def test_a_type_error_of_the_functions_own_is_left_alone(limit):
    async def work(x: int) -> None:
        raise TypeError("mine")

    def no_arguments() -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match=r"^mine$"):
        await bounded_map(work, [1, 2], limit=limit)
    with pytest.raises(TypeError, match="positional argument"):
        await bounded_map(no_arguments, [1], limit=limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("fn", [bounded_map, bounded_outcomes])
async def test_what_is_no_iterable_is_refused(fn):
    class Both:
        def __iter__(self) -> Iterator[int]:
            raise AssertionError

        def __aiter__(self) -> AsyncIterator[int]:
            raise AssertionError

    wanted = "items must be an iterable or an async iterable, got"
    for wrong, told in (
        (None, f"{wanted} None"),
        (3, f"{wanted} 3"),
        (count_to, f"{wanted} {count_to!r}: call it"),
        (
            both := Both(),
            f"{wanted} one that is both: {both!r}; pass iter(...) or aiter(...) of it to say which is meant",
        ),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
            await fn(double, wrong)


# --- invariants


@given(
    durations=st.lists(st.integers(0, 3), max_size=25),
    limit=st.integers(1, 6),
    kind=st.sampled_from(["sync", "async", "limiter"]),
)
def test_for_any_durations_and_any_limit_it_equals_a_loop(durations, limit, kind):
    gauge = Gauge()

    async def work(item: tuple[int, int]) -> int:
        index, duration = item
        with gauge:
            for _ in range(duration):
                await trio.sleep(1)
        return index

    async def asource() -> AsyncIterator[tuple[int, int]]:
        for item in enumerate(durations):
            yield item

    async def main() -> list[int]:
        items: Any = asource() if kind == "async" else enumerate(durations)
        return await bounded_map(
            work, items, limit=trio.CapacityLimiter(limit) if kind == "limiter" else limit
        )

    results = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert results == list(range(len(durations)))
    assert gauge.peak <= limit
