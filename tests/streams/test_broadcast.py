"""``broadcast``: several streams of all items, one run of the source."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar

import pytest
import trio
import trio._core._run as trio_run
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream

BUFFERS = [0, 1, 2, 10, 100]


async def together(*runs: Callable[[], Awaitable[object]]) -> None:
    async with trio.open_nursery() as nursery:
        for run in runs:
            nursery.start_soon(run)


@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
async def test_each_stream_has_all_items_in_order_and_the_source_runs_once(n: int, buffer: int, tap) -> None:
    found: list[list[int]] = []

    async def collect(side: Stream[int]) -> None:
        found.append(await side.collect())

    async with stream(tap.source(50)).broadcast(n, buffer) as sides, trio.open_nursery() as nursery:
        assert len(sides) == n
        for side in sides:
            nursery.start_soon(collect, side)
    assert found == [list(range(50))] * n
    assert tap.pulled == 50
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("source", ["list", "agen", "map", "unordered"])
async def test_any_source(source: str, tap) -> None:
    described: Stream[int] = {
        "list": stream(range(20)),
        "agen": stream(tap.source(20)),
        "map": stream(range(20)).map(lambda x: x, limit=3),
        "unordered": stream(tap.source(20)).map(lambda x: x, limit=3, ordered=False),
    }[source]
    async with described.broadcast(2, 3) as (a, b):
        assert sorted(await a.merge(b).collect()) == sorted([*range(20)] * 2)


@pytest.mark.parametrize("buffer", BUFFERS)
async def test_an_empty_source(buffer: int) -> None:
    async with Stream.empty().broadcast(2, buffer) as (a, b):
        assert await a.collect() == []
        assert await b.count() == 0, "also one after the other"


@pytest.mark.parametrize("buffer", BUFFERS)
async def test_the_slowest_holds_the_source_back_and_no_side_lags_behind_by_more_than_the_buffer(
    buffer: int, tap, autojump_clock
) -> None:
    fast_has: list[int] = []
    slow_has: list[int] = []
    most_lag = most_ahead = 0

    def look() -> None:
        nonlocal most_lag, most_ahead
        most_lag = max(most_lag, len(fast_has) - len(slow_has))
        most_ahead = max(most_ahead, tap.pulled - len(slow_has))

    def fast(item: int) -> None:
        fast_has.append(item)
        look()

    async def slow(item: int) -> None:
        slow_has.append(item)
        look()
        await trio.sleep(1)
        look()

    async with stream(tap.source(250)).broadcast(2, buffer) as (a, b), trio.open_nursery() as nursery:
        nursery.start_soon(a.for_each, fast)
        nursery.start_soon(b.for_each, slow)
        await trio.sleep(0.5)
        # The slow one has one item; the fast one those that the buffer keeps for the slow one, too.
        assert (len(slow_has), len(fast_has)) == (1, 1 + buffer)
        assert tap.pulled == 1 + buffer + (buffer > 0), "with a buffer, one in the source's hand"
    assert trio.current_time() == 250.0
    assert fast_has == slow_has == list(range(250))
    # Which of the two runs first when an item comes is random, hence one more.
    assert buffer <= most_lag <= buffer + 1
    assert most_ahead <= buffer + 2


async def test_without_a_buffer_the_source_is_asked_when_all_want_the_next_item(tap, autojump_clock) -> None:
    async def busy(item: int) -> None:
        await trio.sleep(1)

    async with stream(tap.source(gap=0.25)).broadcast(2) as (a, b):
        await together(lambda: a.take(4).for_each(busy), lambda: b.take(4).drain())
        assert trio.current_time() == 5.0
        assert tap.pulled == 4, "and none after the last one that was wanted"
    assert tap.closed_at == [5.0]


async def test_a_buffer_lets_the_source_and_the_sides_work_at_the_same_time(tap, autojump_clock) -> None:
    async def busy(item: int) -> None:
        await trio.sleep(1)

    async with stream(tap.source(4, gap=1.0)).broadcast(2, 1) as (a, b):
        await together(lambda: a.for_each(busy), lambda: b.for_each(busy))
    assert trio.current_time() == 5.0, "not 8"


async def test_nothing_runs_before_the_first_side_is_run(tap, autojump_clock) -> None:
    async with stream(tap.source()).broadcast(2, 5) as (a, b):
        await trio.sleep(10)
        assert tap.pulled == 0
    assert tap.closed_at == []
    async with stream(tap.source()).broadcast(2, 5):
        pass
    assert tap.pulled == 0
    for late in (a, b):
        with pytest.raises(trio.ClosedResourceError, match=r"the block of broadcast\(\) has ended"):
            await late.collect()


@pytest.mark.parametrize("buffer", BUFFERS)
async def test_a_side_that_is_not_run_holds_the_source_back_until_the_block_is_left(
    buffer: int, tap, autojump_clock
) -> None:
    seen: list[int] = []
    async with stream(tap.source()).broadcast(2, buffer) as (a, _):
        with trio.move_on_after(10):
            await a.for_each(seen.append)
    assert seen == list(range(buffer))
    assert tap.pulled == buffer + 1
    assert tap.closed_at == [10.0]


async def test_a_side_that_is_run_late_has_all_items_too(tap, autojump_clock) -> None:
    found: list[list[int]] = []

    async with stream(tap.source(5)).broadcast(2, 1) as (a, b), trio.open_nursery() as nursery:

        async def late() -> None:
            await trio.sleep(3)
            found.append(await b.collect())

        nursery.start_soon(late)
        found.append(await a.collect())
    assert found == [[0, 1, 2, 3, 4]] * 2


async def _break(side: Stream[int]) -> None:
    async with side.open() as items:
        async for item in items:
            if item == 2:
                break


async def _fail(side: Stream[int]) -> None:
    def fail(item: int) -> None:
        if item == 2:
            raise KeyError(item)

    with pytest.raises(KeyError):
        await side.for_each(fail)


async def _cancel(side: Stream[int]) -> None:
    with trio.move_on_after(2.5):
        await side.drain()


async def _cancel_at_work(side: Stream[int]) -> None:
    with trio.move_on_after(2.5):
        await side.for_each(lambda item: trio.sleep(100))


async def _take(side: Stream[int]) -> None:
    assert await side.take(3).collect() == [0, 1, 2]


async def _first(side: Stream[int]) -> None:
    assert await side.first() == 0


async def _timeout(side: Stream[int]) -> None:
    with pytest.raises(trio.TooSlowError):
        await side.timeout(0.5).drain()


LEAVE = [_break, _fail, _cancel, _cancel_at_work, _take, _first, _timeout]


@pytest.mark.parametrize("buffer", [0, 1, 2])
@pytest.mark.parametrize("leave", LEAVE)
async def test_an_abandoned_side_no_longer_holds_the_others_back(
    buffer: int, leave: Callable[[Stream[int]], Awaitable[None]], tap, autojump_clock
) -> None:
    found: list[list[int]] = []

    async def collect(side: Stream[int]) -> None:
        found.append(await side.collect())

    described = stream(tap.source(20, gap=1.0))
    async with described.broadcast(3, buffer) as (a, b, c), trio.open_nursery() as nursery:
        nursery.start_soon(collect, a)
        nursery.start_soon(leave, b)
        nursery.start_soon(collect, c)
    assert found == [list(range(20))] * 2
    held_back = 1.5 if leave is _cancel_at_work and not buffer else 0
    assert trio.current_time() == 20.0 + held_back


@pytest.mark.parametrize("buffer", [0, 1, 2])
@pytest.mark.parametrize("leave", LEAVE)
async def test_when_all_are_abandoned_the_source_is_stopped(
    buffer: int, leave: Callable[[Stream[int]], Awaitable[None]], tap, autojump_clock
) -> None:
    async with stream(tap.source(gap=1.0)).broadcast(2, buffer) as (a, b):
        await together(lambda: leave(a), lambda: leave(b))
        await trio.testing.wait_all_tasks_blocked()
        assert tap.closed_at == [trio.current_time()], "at once, not when the block is left"
        await trio.sleep(50)
    assert tap.pulled <= 4


async def test_a_source_that_waits_for_the_sides_closes_in_peace(tap, autojump_clock) -> None:
    async with stream(tap.source(closing=3.0)).broadcast(2) as (a, b):
        await together(lambda: a.take(2).drain(), lambda: b.take(2).drain())
    assert tap.closed_at == [3.0]
    assert tap.pulled == 2


async def test_leaving_the_block_awaits_the_sources_cleanup_in_bounded_time(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 0
            yield 1
        finally:
            await trio.sleep(1000)

    async with stream(source).broadcast(2) as (a, _), a.open() as items:
        with trio.move_on_after(1):
            await anext(items)
    assert trio.current_time() == 11.0


async def test_a_cleanup_that_takes_its_time_and_fails_leaves_the_block(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 0
            await trio.sleep_forever()
        finally:
            with trio.move_on_after(3, shield=True):
                await trio.sleep(1)
            raise ValueError("cleanup")

    with pytest.raises(ValueError, match="cleanup"):
        async with stream(source).broadcast(2, 1) as (a, _), a.open() as items:
            await anext(items)
    assert trio.current_time() == 1.0


async def test_nothing_is_kept_for_a_side_that_has_gone() -> None:
    class Item:
        pass

    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    most = 0

    async def source() -> AsyncIterator[Item]:
        for _ in range(100):
            item = Item()
            alive.add(item)
            yield item

    def look(item: Item) -> None:
        nonlocal most
        most = max(most, len(alive))

    async with stream(source).broadcast(2, 10) as (a, b):
        await a.first()
        await b.for_each(look)
    assert most <= 15


@pytest.mark.parametrize("buffer", BUFFERS)
async def test_a_source_error_reaches_every_side_after_the_items_before_it(buffer: int, tap) -> None:
    error = ValueError("source")
    found: list[object] = []

    async def collect(side: Stream[int]) -> None:
        seen: list[int] = []
        with pytest.raises(ValueError, match="source") as caught:
            await side.for_each(seen.append)
        found.append((seen, caught.value))

    async with stream(tap.source(3, error=error)).broadcast(3, buffer) as (a, b, c):
        await together(lambda: collect(a), lambda: collect(b), lambda: collect(c))
    assert found == [([0, 1, 2], error)] * 3


async def test_a_side_that_is_run_after_the_failure_has_the_items_and_it(tap, autojump_clock) -> None:
    async with stream(tap.source(3, error=ValueError("source"))).broadcast(2, 10) as (a, b):
        for side in (a, b):
            seen: list[int] = []
            with pytest.raises(ValueError, match="source"):
                await side.for_each(seen.append)
            assert seen == [0, 1, 2]


async def test_a_source_error_that_leaves_the_body_is_raised_once(tap) -> None:
    with pytest.raises(ValueError, match="source"):
        async with stream(tap.source(3, error=ValueError("source"))).broadcast(2, 10) as (a, _):
            await a.drain()


async def test_a_source_error_that_nobody_collects_leaves_the_block(tap, autojump_clock) -> None:
    done = False
    with pytest.raises(ValueError, match="source"):
        async with stream(tap.source(2, gap=1.0, error=ValueError("source"))).broadcast(2, 9) as (a, _):
            with trio.move_on_after(1.5):
                await a.drain()
            await trio.sleep(10)
            done = True
    assert done, "the body is not interrupted"
    with pytest.RaisesGroup(pytest.RaisesExc(KeyError), pytest.RaisesExc(ValueError)):
        async with stream(tap.source(1, error=ValueError("source"))).broadcast(2, 9) as (a, _):
            assert await a.first() == 0
            await trio.sleep(1)
            raise KeyError("body")


async def test_a_failing_cleanup_leaves_the_block(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            for i in range(10):
                yield i
        finally:
            raise ValueError("cleanup")

    for buffer in (0, 2):
        with pytest.raises(ValueError, match="cleanup"):
            async with stream(source).broadcast(2, buffer) as (a, b):
                await together(a.first, b.first)
        with pytest.raises(ValueError, match="cleanup"):
            async with stream(source).broadcast(2, buffer) as (a, b), a.open() as items:
                with trio.move_on_after(1):
                    await anext(items)


async def test_failures_as_values(tap) -> None:
    """The source's failure ends all sides, so it is each side's last outcome."""
    failing = stream(tap.source(3)).map(lambda x: 1 / (1 - x))
    async with failing.broadcast(2) as (a, b):
        found = await a.outcomes().zip(b.outcomes()).collect()
    assert [repr(x) for x, _ in found] == ["Value(1.0)", "Error(ZeroDivisionError('division by zero'))"]


async def test_an_error_in_a_side_is_that_sides_own(tap) -> None:
    found: list[int] = []
    async with stream(tap.source(4)).broadcast(2) as (a, b):

        async def fail() -> None:
            with pytest.raises(ZeroDivisionError):
                await a.for_each(lambda x: 1 / x)

        async def collect() -> None:
            found.extend(await b.collect())

        await together(fail, collect)
    assert found == [0, 1, 2, 3]


async def test_a_body_that_raises_stops_the_source(tap, autojump_clock) -> None:
    with pytest.raises(KeyError, match="body"):
        async with stream(tap.source(gap=1.0)).broadcast(2) as (a, _), a.open():
            await trio.sleep(0.5)
            raise KeyError("body")
    assert tap.closed_at == [0.5]


@pytest.mark.parametrize("buffer", [0, 3])
async def test_sides_that_run_on_elsewhere_are_told_that_the_block_has_ended(
    buffer: int, tap, autojump_clock
) -> None:
    told: list[float] = []

    async def run_on(side: Stream[int], work: float) -> None:
        with pytest.raises(trio.ClosedResourceError, match=r"the block of broadcast\(\) has ended"):
            await side.for_each(lambda _: trio.sleep(work))
        told.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        async with stream(tap.source(gap=1.0)).broadcast(2, buffer) as (a, b):
            nursery.start_soon(run_on, a, 0)
            nursery.start_soon(run_on, b, 2.25)
            await trio.sleep(2.5)
        assert tap.closed_at == [2.5]
    assert told == [2.5, 3.25], "the one that waits at once, the one at work after its item"


async def test_a_second_run_is_refused(tap) -> None:
    async with stream(tap.source(2)).broadcast(2, 2) as (a, b):
        assert await a.collect() == [0, 1], "also one after the other, where the buffer has room for all"
        with pytest.raises(RuntimeError, match=r"each stream of broadcast\(\) can be run only once"):
            await a.collect()
        assert await b.collect() == [0, 1]
        with pytest.raises(RuntimeError, match="only once"):
            await b.chain(b).first()


async def test_the_block_can_be_entered_once_and_the_description_again(tap) -> None:
    described = stream(range(3))
    splitter = described.broadcast(2)
    for opened in (splitter, described.broadcast(2)):
        async with opened as (a, b):
            assert await a.zip(b).count() == 3
    with pytest.raises(RuntimeError, match=r"entered only once: call broadcast\(\) again"):
        await splitter.__aenter__()


async def test_cancelled_from_outside(tap, autojump_clock) -> None:
    with trio.move_on_after(2.5) as scope:
        async with stream(tap.source(gap=1.0)).broadcast(2) as (a, b):
            await together(a.drain, b.drain)
    assert scope.cancelled_caught
    assert tap.closed_at == [2.5]


async def test_a_failure_of_the_source_while_the_block_is_cancelled_is_not_dropped(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            await trio.sleep_forever()
            yield 0
        finally:
            raise ValueError("cleanup")

    with pytest.raises(ValueError, match="cleanup"), trio.move_on_after(1):
        async with stream(source).broadcast(2) as (a, b):
            await together(a.drain, b.drain)


async def test_a_timeout_around_the_iteration_of_an_opened_side_loses_nothing(tap, autojump_clock) -> None:
    seen: list[int] = []
    async with stream(tap.source(4, gap=1.0)).broadcast(2) as (a, b), trio.open_nursery() as nursery:
        nursery.start_soon(b.drain)
        async with a.open() as items:
            while len(seen) < 4:
                with trio.move_on_after(0.3):
                    seen.append(await anext(items))
    assert seen == [0, 1, 2, 3]


async def test_sides_merged_and_zipped_again(tap) -> None:
    async with stream(range(5)).broadcast(2) as (a, b):
        merged = await a.map(lambda x: x).merge(b.map(lambda x: 10 * x)).collect()
    assert Counter(merged) == Counter([0, 1, 2, 3, 4, 0, 10, 20, 30, 40])
    async with stream(range(5)).broadcast(2) as (a, b):
        assert await a.zip(b.map(str)).collect() == [(i, str(i)) for i in range(5)]
    async with stream(range(5)).broadcast(2, 1) as (a, b):
        assert await a.zip(b.skip(1)).collect() == [(0, 1), (1, 2), (2, 3), (3, 4)], "needs a buffer of 1"
    async with stream(range(3)).broadcast(3) as (a, b, c):
        assert len(await a.merge(b, c).take(4).collect()) == 4


async def test_a_source_error_through_a_merge_leaves_as_itself(tap) -> None:
    error = ValueError("source")
    with pytest.raises(ValueError, match="source") as caught:
        async with stream(tap.source(3, error=error)).broadcast(3) as (a, b, c):
            await a.merge(b, c).drain()
    assert caught.value is error


async def test_a_broadcast_of_a_side_of_a_broadcast(tap) -> None:
    async with (
        stream(tap.source(10)).broadcast(2) as (a, b),
        b.broadcast(2, 1) as (c, d),
    ):
        assert Counter(await a.merge(c, d).collect()) == Counter([*range(10)] * 3)
    assert len(tap.closed_at) == 1


async def test_sides_that_are_always_ready_pass_checkpoints(tap) -> None:
    seen = 0

    def look(item: int) -> None:
        nonlocal seen
        seen += 1
        if seen == 1000:
            scope.cancel()

    with trio.CancelScope() as scope:
        async with stream(tap.source(5000)).broadcast(2, 5000) as (a, b):
            await a.drain()
            await b.for_each(look)
    assert scope.cancelled_caught
    assert seen <= 1000 + 128


current = ContextVar("current", default="nobody")


@pytest.mark.parametrize("buffer", [0, 10])
async def test_context_variables(buffer: int, autojump_clock) -> None:
    """The source has those of the block's task; what an item's function sets is not seen by the next."""

    async def source() -> AsyncIterator[str]:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
            yield current.get()

    def mark(item: str) -> str:
        before = current.get()
        current.set("item")
        return f"{item}, {before}"

    found: list[list[str]] = []

    async def collect(side: Stream[str], name: str) -> None:
        current.set(name)
        found.append(await side.map(mark).collect())
        assert current.get() == name

    current.set("block")
    async with stream(source).broadcast(2, buffer) as (a, b), trio.open_nursery() as nursery:
        current.set("body")
        nursery.start_soon(collect, a, "a")
        nursery.start_soon(collect, b, "b")
    assert sorted(found) == [["block, a"] * 3, ["block, b"] * 3]


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="n must be an int >= 1, got 0"):
        stream([1]).broadcast(0)
    with pytest.raises(TypeError, match=r"n must be an int >= 1, got 2\.0"):
        stream([1]).broadcast(2.0)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="buffer must be an int >= 0, got -1"):
        stream([1]).broadcast(2, buffer=-1)
    with pytest.raises(TypeError, match="buffer must be an int >= 0, got None"):
        stream([1]).broadcast(2, None)  # type: ignore[call-overload]


@settings(deadline=None)  # a busy machine is no failure
@given(
    gaps=st.lists(st.integers(0, 3), max_size=15),
    sides=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 15)), min_size=1, max_size=4
    ),
    buffer=st.integers(0, 4),
    seed=st.integers(0, 1000),
)
def test_against_a_model(gaps: list[int], sides: list[tuple[int, int, int]], buffer: int, seed: int) -> None:
    """Each side starts at a time, works so long on each item and takes so many; all times follow."""
    taken: list[list[float]] = [[] for _ in sides]
    asks: list[list[float]] = [[start] for start, _, _ in sides]

    def has_room(side: int, k: int) -> float:
        """When item ``k`` can be given to a side, or need not be any more."""
        work, wanted = sides[side][1:]
        gone = taken[side][wanted - 1] + work if len(taken[side]) >= wanted else float("inf")
        if buffer == 0:
            return gone if k >= wanted else asks[side][k]
        freed = 0.0 if k < buffer else taken[side][k - buffer] if k - buffer < wanted else gone
        return min(freed, gone)

    pulled: float = min(start for start, _, _ in sides)
    for k, gap in enumerate(gaps):
        handed = max(pulled + gap, *(has_room(side, k) for side in range(len(sides))), 0)
        for side, (_, work, wanted) in enumerate(sides):
            if k < wanted:
                taken[side].append(max(handed, asks[side][k]))
                asks[side].append(taken[side][k] + work)
        pulled = handed
        if buffer == 0:
            pulled = max(handed, *(has_room(side, k + 1) for side in range(len(sides))), 0)

    found: list[list[tuple[float, int]]] = [[] for _ in sides]

    async def main() -> None:
        async def source() -> AsyncIterator[int]:
            for k, gap in enumerate(gaps):
                await trio.sleep(gap)
                yield k

        async def run(side: int, items: Stream[int]) -> None:
            start, work, wanted = sides[side]
            await trio.sleep(start)

            async def keep(item: int) -> None:
                found[side].append((trio.current_time(), item))
                await trio.sleep(work)

            await items.take(wanted).for_each(keep)

        async with (
            stream(source).broadcast(len(sides), buffer) as streams,
            trio.open_nursery() as nursery,
        ):
            for side, items in enumerate(streams):
                nursery.start_soon(run, side, items)

    trio_run._r.seed(seed)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert found == [[(time, k) for k, time in enumerate(times)] for times in taken]
