"""`stream_operator_contract` finds what is wrong with these operators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import outcome
import pytest
import trio

from tests.testing.contract_runs import broken_promise, case_of
from trio_patterns.streams import Stream, stream
from trio_patterns.testing import Contract, stream_operator_contract

TestChain = stream_operator_contract(lambda s: s.map(str).chunks(2).filter(lambda batch: len(batch) == 2))
TestOtherItems = stream_operator_contract(
    lambda s: s.map(len, limit=2, ordered=False), item=lambda n: "x" * n
)
TestEndsByItself = stream_operator_contract(lambda s: s.take(3), max_points=30)
TestNothingComes = stream_operator_contract(lambda s: s.filter(lambda item: False))
TestDropsWhatComesTooFast = stream_operator_contract(
    lambda s: s.buffer(3, overflow="drop_oldest"), ahead=None, max_points=30
)
TestKeepsFailures = stream_operator_contract(
    lambda s: s.map(int).outcomes(), keeps_failures=True, max_points=30
)


def test_without_a_bound_that_case_is_left_out() -> None:
    def names(contract: type[Contract]) -> set[str]:
        return {case.__name__ for case in contract.cases()}

    left_out = names(TestChain) - names(TestDropsWhatComesTooFast)
    assert left_out == {"test_it_pulls_a_bounded_number_of_items_ahead"}


# Wrong ones


BROKEN: list[tuple[Callable[[Stream[Any]], Any], str, str]] = []


def found_by(case: str, says: str) -> Callable[[Any], Any]:
    def add(build: Any) -> Any:
        BROKEN.append((build, case, says))
        return build

    return add


@found_by("describing_it_starts_nothing", "gives a Stream; [")
def gives_a_list(source: Stream[Any]) -> Any:
    return [source]


@found_by("it_may_be_run_again", "gives the same items; first [0, 1, 2, 3, 4, 5], then []")
@found_by("two_runs_at_once_share_nothing", "alone [0, 1, 2, 3, 4, 5]")
def remembers_what_it_has_seen(source: Stream[Any]) -> Stream[Any]:
    seen: set[Any] = set()

    def is_new(item: Any) -> bool:
        new = item not in seen
        seen.add(item)
        return new

    return source.filter(is_new)


@found_by("it_may_be_run_again", "each run opens the source once; 4 in 2")
def runs_it_twice(source: Stream[Any]) -> Stream[Any]:
    async def totals() -> AsyncIterator[Any]:
        total = await source.count()
        while True:
            yield total

    return source.zip(stream(totals))


@found_by("a_failure_of_the_source_arrives", "arrives as itself; got None")
def hides_failures(source: Stream[Any]) -> Stream[Any]:
    return source.outcomes().take_while(lambda each: isinstance(each, outcome.Value)).map(_unwrap)


@found_by("a_failure_of_the_source_arrives", "got RuntimeError('a step failed')")
def wraps_failures(source: Stream[Any]) -> Stream[Any]:
    def unwrap(each: Any) -> Any:
        try:
            return each.unwrap()
        except Exception as exc:
            raise RuntimeError("a step failed") from exc

    return source.outcomes().map(unwrap)


def _unwrap(each: Any) -> Any:
    return each.unwrap()


async def _shrug(item: Any) -> Any:
    with suppress(trio.Cancelled):
        await trio.lowlevel.checkpoint()
    return item


@found_by("it_closes_the_source_when_cancelled_at_any_point", "Cancelled was swallowed")
def swallows_cancelled(source: Stream[Any]) -> Stream[Any]:
    return source.map(_shrug)


@found_by("it_closes_the_source_at_an_early_exit", "RuntimeError")
@found_by("it_closes_the_source_when_cancelled_at_any_point", "Cancel scope stack corrupted")
def yields_within_open(source: Stream[Any]) -> Stream[Any]:
    """The classic: an async generator holds a block open across its yields."""

    async def items() -> AsyncIterator[Any]:
        async with source.open() as opened:
            async for item in opened:
                yield item

    return stream(items)


@found_by("it_closes_the_source_at_an_early_exit", "opened 1 times, closed 0 times")
@found_by("it_closes_the_source_when_the_consumer_fails", "opened 2 times, closed 0 times")
@found_by("it_closes_the_source_when_cancelled_while_it_waits", "still runs")
def feeds_from_a_detached_task(source: Stream[Any]) -> Stream[Any]:
    async def feed(send: trio.MemorySendChannel[Any]) -> None:
        with suppress(trio.BrokenResourceError):
            await source.to_channel(send)

    async def items() -> AsyncIterator[Any]:
        send, receive = trio.open_memory_channel[Any](0)
        trio.lowlevel.spawn_system_task(feed, send)
        with receive:
            async for item in receive:
                yield item

    return stream(items)


@found_by("a_source_that_never_ends_can_be_cancelled", "items later it was still running")
def shields_the_source(source: Stream[Any]) -> Stream[Any]:
    async def items() -> AsyncIterator[Any]:
        found: list[Any] = []
        with trio.CancelScope(shield=True):
            await source.take(10_000).for_each(found.append)
        for item in found:
            yield item

    return stream(items)


@found_by("it_pulls_a_bounded_number_of_items_ahead", "at most 32 are pulled ahead")
def reads_all_it_can(source: Stream[Any]) -> Stream[Any]:
    return source.buffer(100)


@found_by("it_closes_the_source_at_an_early_exit", "waits for the source's cleanup only (1 s)")
def says_goodbye_slowly(source: Stream[Any]) -> Stream[Any]:
    async def slow(item: Any) -> Any:
        with trio.CancelScope(shield=item > 0):
            await trio.sleep(60.0 * item)
        return item

    return source.map(slow, limit=2)


@found_by("in_every_order_of_tasks_the_same_items_come", "in every order of tasks the same items come")
def loses_one_of_two_at_once(source: Stream[Any]) -> Stream[Any]:
    async def first_of_each_pair(item: Any) -> Any:
        for _ in range(item % 3):
            await trio.lowlevel.checkpoint()
        latest.append(item)
        await trio.lowlevel.checkpoint()
        return latest[-1]

    latest: list[Any] = []
    return source.map(first_of_each_pair, limit=3)


@found_by("an_empty_source_is_no_error", "LookupError")
def needs_an_item(source: Stream[Any]) -> Stream[Any]:
    async def items() -> AsyncIterator[Any]:
        yield await source.first()

    return stream(items)


@found_by("a_failure_of_the_sources_cleanup_is_raised", "after an early exit by first(); nothing was raised")
def forgives_a_failing_cleanup(source: Stream[Any]) -> Stream[Any]:
    async def items() -> AsyncIterator[Any]:
        found: list[Any] = []
        with suppress(Exception):
            await source.take(1).for_each(found.append)
        for item in found:
            yield item

    return stream(items)


def _same(item: Any) -> Any:
    return item


@found_by("a_failure_of_the_source_arrives", "comes as an item with it as .error")
def claims_to_keep_failures(source: Stream[Any]) -> Stream[Any]:
    return source.map(_same)


@pytest.mark.parametrize(("build", "case", "says"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_one_is_found(build: Any, case: str, says: str) -> None:
    contract = stream_operator_contract(build, keeps_failures=build is claims_to_keep_failures)
    if says.endswith("Error"):
        with pytest.raises(Exception) as caught:
            case_of(contract, case)()
        assert caught.typename == says
        return
    assert says in broken_promise(contract, case)


def test_arguments_are_checked_at_the_call() -> None:
    bad: Any = 3
    with pytest.raises(TypeError, match="build must be a function of a stream"):
        stream_operator_contract(bad)
    with pytest.raises(TypeError, match="item must be a function that makes an item"):
        stream_operator_contract(_same, item=bad)
    with pytest.raises(ValueError, match="ahead must be an int >= 0, got -1"):
        stream_operator_contract(_same, ahead=-1)
