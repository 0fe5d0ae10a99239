"""``outcomes`` and ``progress``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import outcome
import pytest
import trio

from trio_patterns.streams import StreamProgress, stream


def odd_fails(item: int) -> int:
    if item % 2:
        raise ValueError(item)
    return item


def shape(found: list[outcome.Value[int] | outcome.Error]) -> list[object]:
    return [o.value if isinstance(o, outcome.Value) else repr(o.error) for o in found]


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize(("limit", "ordered"), [(1, True), (3, True), (3, False)])
async def test_a_failed_item_takes_the_place_of_its_result(limit: int, ordered: bool, fed: bool, tap) -> None:
    source = stream(tap.source(5)) if fed else stream(range(5))
    found = await source.map(odd_fails, limit=limit, ordered=ordered).outcomes().collect()
    assert shape(found) == [0, "ValueError(1)", 2, "ValueError(3)", 4]


async def test_failures_pass_through_the_plain_steps_below() -> None:
    found = (
        await stream(range(6))
        .map(odd_fails)
        .filter(lambda x: x != 2)
        .enumerate()
        .skip(1)
        .outcomes()
        .collect()
    )
    assert shape(found) == ["ValueError(1)", "ValueError(3)", (1, 4), "ValueError(5)"]
    found = await stream(range(6)).map(odd_fails).filter_map(lambda x: x or None).take(1).outcomes().collect()
    assert shape(found) == ["ValueError(1)", 2]
    found = await stream(range(6)).map(odd_fails).take_while(lambda x: x < 4).outcomes().collect()
    assert shape(found) == [0, "ValueError(1)", 2, "ValueError(3)"]


@pytest.mark.parametrize("method", ["filter", "filter_map", "take_while"])
async def test_the_functions_of_other_steps_may_fail_too(method: str) -> None:
    def predicate(item: int) -> int:
        odd_fails(item)
        return item + 1

    found = await getattr(stream([1, 2, 3]), method)(predicate).outcomes().collect()
    assert [isinstance(o, outcome.Error) for o in found] == [True, False, True]


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("ordered", [True, False])
async def test_failures_pass_through_a_map_below(limit: int, ordered: bool, tap) -> None:
    for source in (stream(range(5)), stream(tap.source(5))):
        found = await (
            source.map(odd_fails).map(lambda x: x * 10, limit=limit, ordered=ordered).outcomes().collect()
        )
        assert shape(found) == [0, "ValueError(1)", 20, "ValueError(3)", 40]


@pytest.mark.parametrize("limit", [1, 3])
async def test_the_failure_of_the_source_is_the_last_outcome(limit: int, tap, autojump_clock) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(5 - item)
        return item

    source = stream(tap.source(3, error=KeyError("source")))
    assert shape(await source.map(slow, limit=limit).outcomes().collect()) == [0, 1, 2, "KeyError('source')"]


@pytest.mark.parametrize("choosing", ["debounce", "sample"])
async def test_a_step_that_chooses_between_items_ends_with_a_failure_from_above(
    choosing: str, autojump_clock
) -> None:
    found = await getattr(stream(range(5)).map(odd_fails), choosing)(1).outcomes().collect()
    assert shape(found) == [0, "ValueError(1)"]
    in_front = await getattr(stream(range(5)).map(odd_fails).outcomes(), choosing)(1).collect()
    assert shape(in_front) == [4]


@pytest.mark.parametrize("split", ["broadcast", "partition"])
async def test_a_split_ends_with_a_failure_from_above(split: str) -> None:
    failing = stream(range(5)).map(odd_fails)
    async with failing.broadcast(1) if split == "broadcast" else failing.partition(callable) as sides:
        assert shape(await sides[-1].outcomes().collect()) == [0, "ValueError(1)"]


async def test_an_error_from_below_is_raised_not_emitted() -> None:
    def fail(item: object) -> None:
        raise KeyError("sink")

    for limit in (1, 2):
        with pytest.raises(KeyError, match="sink"):
            await stream(range(3)).map(odd_fails, limit=limit).outcomes().for_each(fail)
        with pytest.raises(KeyError, match="sink"):
            await stream([1, 1, 1]).map(odd_fails, limit=limit).outcomes().for_each(fail)


async def test_an_error_after_the_stream_was_stopped_is_raised() -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise KeyError("cleanup")

    with pytest.raises(KeyError, match="cleanup"):
        await stream(source).outcomes().first()


async def test_a_cancellation_is_never_an_outcome(autojump_clock) -> None:
    found: list[object] = []
    with trio.move_on_after(1) as scope:
        await stream(range(3)).map(lambda x: trio.sleep(10), limit=2).outcomes().for_each(found.append)
    assert scope.cancelled_caught
    assert found == []


async def test_progress_reports_at_intervals_and_at_the_end(tap, autojump_clock) -> None:
    reports: list[StreamProgress] = []
    await trio.sleep(5)
    await stream(tap.source(10, gap=1.0)).progress(reports.append, every=4.0, total=10).drain()
    assert [(p.count, p.elapsed, p.done) for p in reports] == [
        (4, 4.0, False),
        (8, 8.0, False),
        (10, 10.0, True),
    ]
    assert [p.rate for p in reports] == [1.0, 1.0, 1.0]
    assert [p.fraction for p in reports] == [0.4, 0.8, 1.0]


async def test_progress_reports_once_a_second_unless_something_else_is_said(tap, autojump_clock) -> None:
    reports: list[StreamProgress] = []
    await stream(tap.source(6, gap=0.5)).progress(reports.append).drain()
    assert [(p.count, p.elapsed) for p in reports] == [(2, 1.0), (4, 2.0), (6, 3.0), (6, 3.0)]


async def test_progress_with_an_async_report_an_empty_stream_and_no_total() -> None:
    reports: list[StreamProgress] = []

    async def report(progress: StreamProgress) -> None:
        await trio.lowlevel.checkpoint()
        reports.append(progress)

    await stream([]).progress(report).drain()
    assert [(p.count, p.done, p.fraction) for p in reports] == [(0, True, None)]
    assert StreamProgress(0, 0.0, 0, done=True).fraction == 1.0
    assert StreamProgress(0, 0.0, 0, done=True).rate == 0.0
    assert StreamProgress(3, 1.0, 2, done=True).fraction == 1.0


async def test_progress_counts_an_item_when_the_steps_below_are_done_with_it() -> None:
    reports: list[StreamProgress] = []
    assert await stream(range(10)).progress(reports.append, every=0).take(2).collect() == [0, 1]
    assert [(p.count, p.done) for p in reports] == [(1, False), (2, False), (2, True)]


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match=r"^report must be a function, plain or async, got 3"):
        stream([1]).progress(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="every must be a number of seconds >= 0 and finite, got -1"):
        stream([1]).progress(print, every=-1)
    with pytest.raises(ValueError, match="total must be an int >= 0, got -1"):
        stream([1]).progress(print, total=-1)
