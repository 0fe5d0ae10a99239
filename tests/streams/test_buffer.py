"""``buffer``: what comes of failures and of the end where the steps above run in a task of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import outcome
import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns.streams import stream
from trio_patterns.streams.handoff import Overflow


class FailingCleanup:
    """A source of 0, 1, 2, ... that fails when it is closed."""

    def __init__(self, gap: float = 0.0) -> None:
        self.gap = gap

    async def items(self) -> AsyncIterator[int]:
        try:
            for i in range(1000):
                await trio.sleep(self.gap)
                yield i
        finally:
            raise KeyError("cleanup")


@pytest.mark.parametrize("n", [0, 3])
@pytest.mark.parametrize("gap", [0.0, 1.0], ids=["waits for room", "waits for its source"])
async def test_a_failing_cleanup_after_an_early_stop_is_raised(n: int, gap: float, autojump_clock) -> None:
    with pytest.raises(KeyError, match="cleanup") as caught:
        await stream(FailingCleanup(gap).items).buffer(n).take(2).collect()
    assert caught.value.__cause__ is None


async def test_a_failing_cleanup_and_a_failing_sink_are_both_raised(autojump_clock) -> None:
    def fail(item: int) -> None:
        raise ValueError("sink")

    with pytest.raises(ExceptionGroup) as caught:
        await stream(FailingCleanup(1.0).items).buffer(3).for_each(fail)
    assert caught.group_contains(ValueError, match="sink")
    assert caught.group_contains(KeyError, match="cleanup")


@pytest.mark.parametrize("seed", range(8))
def test_a_failing_cleanup_of_a_cancelled_stream_is_raised(seed: int) -> None:
    """Whichever of the two tasks sees the cancellation first."""

    async def main() -> None:
        with pytest.raises(KeyError, match="cleanup"), trio.move_on_after(2.5):
            await stream(FailingCleanup(1.0).items).buffer(3).drain()

    trio_run._r.seed(seed)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_failure_behind_the_last_item_that_is_wanted_has_not_come_to_pass(
    tap, autojump_clock
) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(1)
        return item

    source = stream(tap.source(3, error=KeyError("source"))).buffer(10)
    assert await source.map(slow).take(2).collect() == [0, 1]
    assert tap.closed_at == [0.0]


def odd_fails(item: int) -> int:
    if item % 2:
        raise ValueError(item)
    return item


def shape(found: list[outcome.Value[int] | outcome.Error]) -> list[object]:
    return [o.value if isinstance(o, outcome.Value) else repr(o.error) for o in found]


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "drop_newest", "error"])
async def test_a_failed_item_passes_as_a_value_and_the_stream_goes_on(overflow: Overflow) -> None:
    found = await stream(range(5)).map(odd_fails).buffer(5, overflow).outcomes().collect()
    assert shape(found) == [0, "ValueError(1)", 2, "ValueError(3)", 4]


async def test_failures_as_values_hold_the_source_back_like_items(autojump_clock) -> None:
    started: list[int] = []

    def fail(item: int) -> int:
        started.append(item)
        raise ValueError(item)

    async def look(found: object) -> None:
        await trio.sleep(1)
        ahead.append(len(started))

    ahead: list[int] = []
    await stream(range(6)).map(fail).buffer(2).outcomes().for_each(look)
    assert ahead == [4, 5, 6, 6, 6, 6], "one at work, two in the buffer, one that waits for room"


@pytest.mark.parametrize(
    ("overflow", "expected"),
    [
        ("drop_oldest", [0, 4, "ValueError(5)"]),
        ("drop_newest", [0, "ValueError(1)", 2]),
        ("error", [0, "ValueError(1)", 2, "WouldBlock('the buffer of 2 items is full')"]),
    ],
)
async def test_a_failure_counts_as_an_item_for_a_full_buffer(
    overflow: Overflow, expected: list[object], autojump_clock
) -> None:
    found: list[outcome.Value[int] | outcome.Error] = []

    async def keep(each: outcome.Value[int] | outcome.Error) -> None:
        await trio.sleep(10)
        found.append(each)

    async def source() -> AsyncIterator[int]:
        for i in range(6):
            yield i
            await trio.sleep(1)

    await stream(source).map(odd_fails).buffer(2, overflow).outcomes().for_each(keep)
    assert shape(found) == expected


async def test_no_more_after_a_failure_stops_the_steps_above(tap, autojump_clock) -> None:
    failing = stream(tap.source(gap=1.0)).map(lambda item: 1 // item).buffer(1).outcomes()
    assert isinstance((await failing.first()).error, ZeroDivisionError)  # type: ignore[union-attr]
    assert tap.closed_at == [1.0]


async def test_without_outcomes_the_first_failure_ends_the_stream(tap) -> None:
    seen: list[int] = []
    with pytest.raises(ValueError, match="1"):
        await stream(tap.source()).map(odd_fails).buffer(3).for_each(seen.append)
    assert seen == [0]
    assert len(tap.closed_at) == 1
