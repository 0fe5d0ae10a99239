"""``partition``: each item goes to one of two streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar

import pytest
import trio
import trio._core._run as trio_run
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


def even(item: int) -> bool:
    return item % 2 == 0


async def later_even(item: int) -> bool:
    await trio.lowlevel.checkpoint()
    return even(item)


async def together(*runs: Callable[[], Awaitable[object]]) -> None:
    async with trio.open_nursery() as nursery:
        for run in runs:
            nursery.start_soon(run)


@pytest.mark.parametrize("predicate", [even, later_even, lambda x: later_even(x), lambda x: (x + 1) % 2])
async def test_each_item_goes_to_one_side_in_order(predicate: Callable[[int], bool], tap) -> None:
    seen: dict[str, list[int]] = {"yes": [], "no": []}
    async with stream(tap.source(50)).partition(predicate) as (yes, no), trio.open_nursery() as nursery:
        nursery.start_soon(yes.for_each, seen["yes"].append)
        nursery.start_soon(no.for_each, seen["no"].append)
    assert seen == {"yes": [*range(0, 50, 2)], "no": [*range(1, 50, 2)]}
    assert tap.pulled == 50
    assert len(tap.closed_at) == 1


async def test_an_empty_source_and_an_empty_side() -> None:
    async with Stream.empty().partition(even) as (yes, no):
        assert await no.collect() == []
        assert await yes.collect() == []
    async with stream([2, 4, 6]).partition(even) as (yes, no):
        assert await yes.merge(no).collect() == [2, 4, 6]


async def test_the_predicate_is_called_once_for_each_item() -> None:
    asked: list[int] = []

    def ask(item: int) -> bool:
        asked.append(item)
        return even(item)

    async with stream(range(10)).partition(ask) as (yes, no):
        assert sorted(await yes.merge(no).collect()) == list(range(10))
    assert asked == list(range(10))


async def test_nothing_runs_before_the_first_side_is_run(tap, autojump_clock) -> None:
    async with stream(tap.source()).partition(even) as (yes, _):
        await trio.sleep(10)
    assert tap.pulled == 0
    with pytest.raises(trio.ClosedResourceError, match=r"the block of partition\(\) has ended"):
        await yes.first()


async def test_an_item_for_a_side_that_is_busy_holds_the_source_back(tap, autojump_clock) -> None:
    seen: list[tuple[float, int]] = []

    async def slow(item: int) -> None:
        seen.append((trio.current_time(), item))
        await trio.sleep(10)

    def fast(item: int) -> None:
        seen.append((trio.current_time(), item))

    async with stream(tap.source(6)).partition(even) as (yes, no), trio.open_nursery() as nursery:
        nursery.start_soon(yes.for_each, slow)
        nursery.start_soon(no.for_each, fast)
        await trio.sleep(5)
        assert tap.pulled == 3, "one at each side, and one that waits for the slow one"
    # What happens at the same time may come in any order.
    assert sorted(seen) == [(0, 0), (0, 1), (10, 2), (10, 3), (20, 4), (20, 5)]


async def test_while_both_are_busy_the_source_is_not_asked(tap, autojump_clock) -> None:
    async def busy(item: int) -> None:
        await trio.sleep(10)

    async with stream(tap.source()).partition(even) as (yes, no):
        await together(lambda: yes.take(1).for_each(busy), lambda: no.take(1).for_each(busy))
        assert tap.pulled == 2
    assert tap.closed_at == [10.0]


async def test_a_side_that_is_not_run_holds_the_source_back_until_the_block_is_left(
    tap, autojump_clock
) -> None:
    seen: list[int] = []
    async with stream(tap.source()).partition(lambda x: x != 3) as (yes, _):
        with trio.move_on_after(10):
            await yes.for_each(seen.append)
    assert seen == [0, 1, 2]
    assert tap.pulled == 4
    assert tap.closed_at == [10.0]


async def test_the_items_of_an_abandoned_side_are_dropped(tap, autojump_clock) -> None:
    found: list[int] = []

    async def collect(side: Stream[int]) -> None:
        found.extend(await side.collect())

    async def leave(side: Stream[int]) -> None:
        assert await side.first() == 1

    async def cancel(side: Stream[int]) -> None:
        with trio.move_on_after(4.5):
            await side.for_each(lambda _: trio.sleep(100))

    for way in (leave, cancel):
        found.clear()
        async with stream(tap.source(10, gap=1.0)).partition(even) as (yes, no):
            await together(lambda: collect(yes), lambda: way(no))  # noqa: B023
        assert found == [0, 2, 4, 6, 8]


async def test_when_both_are_abandoned_the_source_is_stopped(tap, autojump_clock) -> None:
    async with stream(tap.source(gap=1.0)).partition(even) as (yes, no):
        await together(yes.first, lambda: no.take(3).drain())
        await trio.testing.wait_all_tasks_blocked()
        assert tap.closed_at == [6.0]
        await trio.sleep(10)
    assert tap.pulled == 6


async def test_an_item_that_waits_for_a_side_which_then_leaves_is_dropped(tap, autojump_clock) -> None:
    found: list[int] = []

    async def cancel(side: Stream[int]) -> None:
        with trio.move_on_after(5):
            await side.for_each(lambda _: trio.sleep(100))

    async with stream(range(6)).partition(even) as (yes, no), trio.open_nursery() as nursery:
        nursery.start_soon(cancel, yes)
        nursery.start_soon(no.for_each, found.append)
    assert found == [1, 3, 5]
    assert trio.current_time() == 5.0


async def test_a_predicate_at_work_is_cancelled_when_nobody_wants_its_item(autojump_clock) -> None:
    async def slow(item: int) -> bool:
        await trio.sleep(100)
        return True

    async with stream(range(6)).partition(slow) as (yes, no):
        with trio.move_on_after(3):
            await together(yes.drain, no.drain)
    assert trio.current_time() == 3.0


@pytest.mark.parametrize("where", ["source", "predicate"])
async def test_a_failure_reaches_both_sides_after_the_items_before_it(where: str, tap) -> None:
    error = ValueError(where)

    def check(item: int) -> bool:
        if where == "predicate" and item == 4:
            raise error
        return even(item)

    found: dict[str, object] = {}

    async def collect(name: str, side: Stream[int]) -> None:
        seen: list[int] = []
        with pytest.raises(ValueError, match=where) as caught:
            await side.for_each(seen.append)
        found[name] = (seen, caught.value)

    described = stream(tap.source(4, error=error) if where == "source" else tap.source())
    async with described.partition(check) as (yes, no):
        await together(lambda: collect("yes", yes), lambda: collect("no", no))
    assert found == {"yes": ([0, 2], error), "no": ([1, 3], error)}
    assert len(tap.closed_at) == 1


async def test_a_failure_that_nobody_collects_leaves_the_block(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 0
            yield 1
            await trio.sleep_forever()
        finally:
            raise ValueError("cleanup")

    done = False
    with pytest.raises(ValueError, match="cleanup"):
        async with stream(source).partition(even) as (yes, no):
            await together(yes.first, no.first)
            await trio.sleep(10)
            done = True
    assert done


async def test_a_second_run_and_a_second_block_are_refused() -> None:
    splitter = stream([2, 4]).partition(even)
    async with splitter as (yes, no):
        assert await yes.collect() == [2, 4]
        with pytest.raises(RuntimeError, match=r"each stream of partition\(\) can be run only once"):
            await yes.collect()
        assert await no.collect() == []
    with pytest.raises(RuntimeError, match=r"call partition\(\) again"):
        await splitter.__aenter__()


async def test_sides_that_run_on_elsewhere_are_told_that_the_block_has_ended(tap, autojump_clock) -> None:
    async def run_on(side: Stream[int]) -> None:
        with pytest.raises(trio.ClosedResourceError, match=r"the block of partition\(\) has ended"):
            await side.drain()

    async with trio.open_nursery() as nursery:
        async with stream(tap.source(gap=1.0)).partition(even) as sides:
            for side in sides:
                nursery.start_soon(run_on, side)
            await trio.sleep(2.5)
        assert tap.closed_at == [2.5]
    assert trio.current_time() == 2.5


async def test_sides_merged_again_and_nested(tap) -> None:
    async with stream(range(10)).partition(even) as (yes, no):
        found = await yes.map(lambda x: (x, "even")).merge(no.map(lambda x: (x, "odd"))).collect()
    assert sorted(found) == [(x, "odd" if x % 2 else "even") for x in range(10)]
    async with (
        stream(tap.source(12)).partition(even) as (yes, no),
        no.partition(lambda x: x % 3) as (odd, threes),
        yes.broadcast(2) as (a, b),
    ):
        found = await odd.merge(threes.map(lambda x: 100 + x), a, b.map(lambda x: -x)).collect()
    evens = [0, 2, 4, 6, 8, 10]
    assert sorted(found) == sorted([1, 5, 7, 11, 103, 109, *evens, *(-x for x in evens)])
    assert len(tap.closed_at) == 1


async def test_cancelled_from_outside(tap, autojump_clock) -> None:
    with trio.move_on_after(2.5) as scope:
        async with stream(tap.source(gap=1.0)).partition(even) as (yes, no):
            await together(yes.drain, no.drain)
    assert scope.cancelled_caught
    assert tap.closed_at == [2.5]


async def test_dropping_passes_checkpoints(tap) -> None:
    async with stream(tap.source()).partition(lambda x: x < 10) as (yes, no):
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(no.first)  # so the rest is dropped
                await trio.testing.wait_all_tasks_blocked()

                def enough(item: int) -> None:
                    if item == 9:
                        scope.cancel()

                nursery.start_soon(yes.for_each, enough)
    assert scope.cancelled_caught
    assert tap.pulled < 10 + 130


current = ContextVar("current", default="nobody")


async def test_context_variables_of_the_predicate_are_not_seen_by_the_next_item() -> None:
    seen: list[str] = []

    def mark(item: int) -> bool:
        seen.append(current.get())
        current.set(f"item {item}")
        return even(item)

    async with stream(range(4)).partition(mark) as (yes, no):
        assert set(await yes.merge(no).map(lambda _: current.get()).collect()) == {"nobody"}
    assert seen == ["nobody"] * 4


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match="predicate must be a function, plain or async, got 3"):
        stream([1]).partition(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"predicate must be .*, got the coroutine object"):
        stream([1]).partition(later_even(3))  # type: ignore[arg-type]


@settings(deadline=None)  # a busy machine is no failure
@given(
    items=st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=20),
    works=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    seed=st.integers(0, 1000),
)
def test_against_a_model(items: list[tuple[bool, int]], works: tuple[int, int], seed: int) -> None:
    """The source is asked when one side is ready; its item waits for the side that it is for."""
    free = {True: 0, False: 0}
    expected: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
    pulled = 0
    for k, (wanted, gap) in enumerate(items):
        handed = max(pulled + gap, free[wanted])
        expected[wanted].append((handed, k))
        free[wanted] = handed + works[not wanted]
        pulled = max(handed, min(free.values()))
    found: dict[bool, list[tuple[float, int]]] = {True: [], False: []}

    async def main() -> None:
        async def source() -> AsyncIterator[int]:
            for k, (_, gap) in enumerate(items):
                await trio.sleep(gap)
                yield k

        async def run(wanted: bool, side: Stream[int]) -> None:
            async def keep(item: int) -> None:
                found[wanted].append((trio.current_time(), item))
                await trio.sleep(works[not wanted])

            await side.for_each(keep)

        async with (
            stream(source).partition(lambda k: items[k][0]) as (yes, no),
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(run, True, yes)
            nursery.start_soon(run, False, no)

    trio_run._r.seed(seed)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert found == expected
