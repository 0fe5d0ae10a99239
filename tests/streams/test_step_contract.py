"""What holds for every step that calls a function with one item after the other, without a task."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeAlias

import outcome
import pytest
import trio

from trio_patterns.streams import Stream, stream

Fn: TypeAlias = Callable[[int], "Awaitable[int] | int"]
Step: TypeAlias = Callable[[Stream[int], Fn], Stream[Any]]

#: Each step with a function that gives the item, which is never 0: all of them then emit the item.
STEPS: dict[str, Step] = {
    "map": lambda s, fn: s.map(fn),
    "filter": lambda s, fn: s.filter(fn),
    "filter_map": lambda s, fn: s.filter_map(fn),
    "take_while": lambda s, fn: s.take_while(fn),
    "skip_while": lambda s, fn: s.skip_while(lambda item: negated(fn, item)),
    "scan": lambda s, fn: s.scan(lambda accumulator, item: fn(item), 0),
    "distinct": lambda s, fn: s.distinct(fn),
    "on_each": lambda s, fn: s.on_each(fn),
}
every_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
#: `skip_while` does not ask again once it emits; the others ask about each item.
ASKING_EACH_TIME = {name: step for name, step in STEPS.items() if name != "skip_while"}
asking_each_time = pytest.mark.parametrize("step", ASKING_EACH_TIME.values(), ids=ASKING_EACH_TIME)


def negated(fn: Fn, item: int) -> Awaitable[bool] | bool:
    answer = fn(item)
    if isinstance(answer, int):
        return not answer

    async def wait() -> bool:
        return not await answer

    return wait()


def from_one(item: int) -> int:
    """Number the items from 1: for most steps 0 would mean something else."""
    return item + 1


def bad_at(bad: int, *, asynchronous: bool) -> Fn:
    """Make a function that fails for one item."""

    def plain(item: int) -> int:
        if item == bad:
            raise ValueError(f"item {item}")
        return item

    async def slow(item: int) -> int:
        await trio.sleep(1)
        return plain(item)

    return slow if asynchronous else plain


@every_step
async def test_a_plain_an_async_and_a_lambda_returning_a_coroutine(step: Step, autojump_clock) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(1)
        return item

    for fn in (lambda item: item, slow, lambda item: slow(item)):
        assert await step(Stream.of(1, 2, 3), fn).collect() == [1, 2, 3]
    assert trio.current_time() == (2.0 if step is STEPS["skip_while"] else 6.0)


@every_step
async def test_it_runs_in_the_task_of_the_caller(step: Step) -> None:
    tasks = {trio.lowlevel.current_task()}

    def look(item: int) -> int:
        tasks.add(trio.lowlevel.current_task())
        return item

    assert await step(Stream.of(1, 2), look).on_each(look).collect() == [1, 2]
    assert len(tasks) == 1


@pytest.mark.parametrize("name", STEPS)
def test_what_is_no_function_is_refused_at_the_call(name: str) -> None:
    with pytest.raises(TypeError, match=r"(fn|predicate|key) must be a function, plain or async, got 3"):
        getattr(stream([1]), name)(3, *[0] * (name == "scan"))


@asking_each_time
@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "async"])
async def test_a_failure_comes_after_the_results_before_it(
    step: Step, asynchronous: bool, tap, autojump_clock
) -> None:
    seen: list[int] = []
    source = stream(tap.source()).map(from_one)
    with pytest.raises(ValueError, match="item 3") as caught:
        await step(source, bad_at(3, asynchronous=asynchronous)).for_each(seen.append)
    assert caught.value.__cause__ is None
    assert seen == [1, 2]
    assert (tap.pulled, len(tap.closed_at)) == (3, 1)


@every_step
@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "async"])
async def test_a_failure_as_a_value_takes_the_place_of_its_item(
    step: Step, asynchronous: bool, autojump_clock
) -> None:
    found = await step(Stream.of(1, 2, 3), bad_at(1, asynchronous=asynchronous)).outcomes().collect()
    assert [repr(each) for each in found] == ["Error(ValueError('item 1'))", "Value(2)", "Value(3)"]
    found = await step(Stream.of(1, 2, 3), bad_at(2, asynchronous=asynchronous)).outcomes().collect()
    assert found[0] == outcome.Value(1)
    assert found[2] == outcome.Value(3)
    assert isinstance(found[1], outcome.Value if step is STEPS["skip_while"] else outcome.Error)


@every_step
async def test_failures_from_above_pass(step: Step) -> None:
    source = Stream.of(1, 2, 3).map(bad_at(2, asynchronous=False))
    found = await step(source, lambda item: item).outcomes().collect()
    assert [repr(each) for each in found] == ["Value(1)", "Error(ValueError('item 2'))", "Value(3)"]


@every_step
async def test_a_failure_from_below_is_not_taken_for_one_of_the_function(step: Step) -> None:
    def fail(item: object) -> None:
        raise KeyError("below")

    with pytest.raises(KeyError, match="below"):
        await step(Stream.of(1, 2), lambda item: item).outcomes().for_each(fail)
    with pytest.raises(KeyError, match="below"):
        await step(Stream.of(1, 2), lambda item: item).for_each(fail)


@every_step
async def test_empty_and_failing_sources(step: Step, tap) -> None:
    assert await step(Stream.empty(), lambda item: item).collect() == []
    with pytest.raises(KeyError, match="at once"):
        await step(stream(tap.source(0, error=KeyError("at once"))), lambda item: item).collect()
    seen: list[int] = []
    source = stream(tap.source(2, error=KeyError("later"))).map(from_one)
    with pytest.raises(KeyError, match="later"):
        await step(source, lambda item: item).for_each(seen.append)
    assert seen == [1, 2]
    assert len(tap.closed_at) == 2


@every_step
async def test_take_stops_an_endless_source(step: Step, tap, gauge, autojump_clock) -> None:
    source = stream(tap.source(gap=1.0)).map(from_one)
    assert await step(source, gauge.watch(lambda item: 1.0)).take(3).collect() == [1, 2, 3]
    assert tap.pulled == 3
    assert tap.closed_at == [trio.current_time()]
    assert (gauge.running, gauge.cancelled) == (0, 0)


@every_step
async def test_leaving_open_by_break(step: Step, tap, gauge, autojump_clock) -> None:
    source = stream(tap.source()).map(from_one)
    async with step(source, gauge.watch(lambda item: 1.0)).open() as items:
        async for item in items:
            if item == 2:
                break
    assert len(tap.closed_at) == 1
    assert gauge.running == 0


@every_step
async def test_a_failing_sink(step: Step, tap, gauge, autojump_clock) -> None:
    async def fail(item: int) -> None:
        await trio.sleep(1)
        raise KeyError("sink")

    source = stream(tap.source()).map(from_one)
    with pytest.raises(KeyError, match="sink"):
        await step(source, gauge.watch(lambda item: 1.0)).for_each(fail)
    assert (tap.pulled, tap.closed_at, gauge.running) == (1, [2.0], 0)


@every_step
@pytest.mark.parametrize("deadline", [0.5, 1.5, 2.5], ids=["source", "function", "sink"])
async def test_cancelled_wherever_it_waits(step: Step, deadline: float, tap, gauge, autojump_clock) -> None:
    source = stream(tap.source(gap=1.0)).map(from_one)
    with trio.move_on_after(deadline) as scope:
        await step(source, gauge.watch(lambda item: 1.0)).for_each(lambda _: trio.sleep(1))
    assert scope.cancelled_caught
    assert trio.current_time() == deadline
    assert tap.closed_at == [deadline]
    assert (gauge.running, gauge.cancelled) == (0, deadline == 1.5)


@every_step
async def test_the_description_runs_again_and_twice_at_once(step: Step, autojump_clock) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(1)
        return item

    described = step(Stream.of(1, 2, 3), slow)
    results: list[list[int]] = []

    async def run(after: float) -> None:
        await trio.sleep(after)
        results.append(await described.collect())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, 0.0)
        nursery.start_soon(run, 0.5)
    await run(0.0)
    assert results == [[1, 2, 3]] * 3


current = ContextVar("current", default="nobody")


@every_step
@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "async"])
async def test_context_variables_are_not_seen_by_the_next_item(step: Step, asynchronous: bool, tap) -> None:
    before: list[str] = []

    def mark(item: int) -> int:
        before.append(current.get())
        current.set(f"item {item}")
        return item

    async def mark_slowly(item: int) -> int:
        mark(item)
        await trio.lowlevel.checkpoint()
        assert current.get() == f"item {item}", "within one item the variable holds"
        return item

    for source in (Stream.of(1, 2, 3), stream(tap.source(3)).map(from_one)):
        assert await step(source, mark_slowly if asynchronous else mark).collect() == [1, 2, 3]
    assert set(before) == {"nobody"}
    assert current.get() == "nobody"


@every_step
@pytest.mark.parametrize("below", STEPS.values(), ids=STEPS)
async def test_chains_of_three_stop_and_close(step: Step, below: Step, tap, gauge, autojump_clock) -> None:
    watched = gauge.watch(lambda item: 1.0)
    chain = below(step(stream(tap.source()).map(from_one), watched), watched)
    assert await chain.take(2).collect() == [1, 2]
    assert (tap.pulled, len(tap.closed_at), gauge.running) == (2, 1, 0)
    with trio.move_on_after(0.5):
        await chain.drain()
    assert (len(tap.closed_at), gauge.running) == (2, 0)
    with pytest.raises(ZeroDivisionError):
        await chain.for_each(lambda item: 1 // (item - 2))
    assert (len(tap.closed_at), gauge.running) == (3, 0)


@every_step
async def test_a_source_that_is_always_ready_starves_nobody(step: Step) -> None:
    async def endless() -> AsyncIterator[int]:
        while True:
            yield 1

    seen = 0

    def look(item: int) -> int:
        nonlocal seen
        seen += 1
        if seen == 1000:
            scope.cancel()
        return item

    # Nothing of what this emits waits: the budget of the source alone must show the cancellation.
    with trio.CancelScope() as scope:
        await step(stream(endless).on_each(look), lambda item: item).drain()
    assert scope.cancelled_caught
    assert 1000 <= seen <= 1000 + 128
