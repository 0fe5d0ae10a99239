"""Rule 6: what is always ready passes a checkpoint at the latest every 128 items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.backpressure import open_overflow_channel
from trio_patterns.streams import Stream, stream

BUDGET = 128


class LongestRun(trio.abc.Instrument):
    """The most items that were counted in one step of one task."""

    def __init__(self) -> None:
        self.items = 0
        self.lots: list[int] = []
        self._before = 0

    def count(self, _: object) -> None:
        self.items += 1

    async def count_async(self, _: object) -> None:
        self.items += 1

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._before = self.items

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.items > self._before:
            self.lots.append(self.items - self._before)

    @property
    def longest(self) -> int:
        return max(self.lots)


async def longest_run(described: Stream[object], *, plain: bool = True) -> int:
    run = LongestRun()
    trio.lowlevel.add_instrument(run)
    try:
        await described.for_each(run.count if plain else run.count_async)
    finally:
        trio.lowlevel.remove_instrument(run)
    assert run.items > 5 * BUDGET
    return run.longest


async def numbers(n: int) -> AsyncIterator[int]:
    for item in range(n):
        yield item


@pytest.mark.parametrize("kind", ["list", "async generator", "channel", "overflow channel"])
async def test_each_source_counts_to_128_and_begins_anew(kind: str) -> None:
    source: Any
    if kind == "list":
        source = range(300)
    elif kind == "async generator":
        source = numbers(300)
    else:
        send, source = (
            trio.open_memory_channel[int](300) if kind == "channel" else open_overflow_channel[int](300)
        )
        for item in range(300):
            send.send_nowait(item)
        send.close()
    run = LongestRun()
    trio.lowlevel.add_instrument(run)
    await stream(source).for_each(run.count)
    trio.lowlevel.remove_instrument(run)
    assert run.lots == [BUDGET, BUDGET, 300 - 2 * BUDGET]


async def test_a_channel_that_was_waited_for_counts_from_its_next_item() -> None:
    """Waiting was a checkpoint."""
    run = LongestRun()
    send, receive = trio.open_memory_channel[int](300)
    send.send_nowait(0)
    trio.lowlevel.add_instrument(run)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(receive).for_each, run.count)
        await trio.testing.wait_all_tasks_blocked()
        for item in range(200):
            send.send_nowait(item)
        send.close()
    trio.lowlevel.remove_instrument(run)
    assert run.lots == [1, BUDGET, 200 - BUDGET]


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "async"])
@pytest.mark.parametrize("inner", [1, 3, 100, 1000])
@pytest.mark.parametrize("limit", [1, 3])
async def test_inner_streams_share_one_budget(limit: int, inner: int, plain: bool) -> None:
    make: Callable[[int], object] = lambda _: range(inner)  # noqa: E731
    described = stream(range(2000 // inner + 2)).flat_map(make, limit=limit)
    assert await longest_run(described, plain=plain) <= BUDGET


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "async"])
async def test_chained_streams_share_one_budget(plain: bool) -> None:
    described = stream(range(100)).chain(*(range(100) for _ in range(20)))
    assert await longest_run(described, plain=plain) <= BUDGET


async def test_a_budget_ends_with_the_stream() -> None:
    """The last item that is wanted is the one at which a checkpoint would be due."""
    found = await stream(range(1000)).flat_map(lambda x: [x]).take(BUDGET).collect()
    assert found == list(range(BUDGET))

    async def below(item: int) -> bool:
        return item < BUDGET - 1

    found = await stream(range(1000)).flat_map(lambda x: [x], limit=2).take_while(below).collect()
    assert len(found) in (BUDGET - 1, BUDGET)


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "async"])
@pytest.mark.parametrize("ordered", [True, False])
async def test_results_that_lay_ready_are_emitted_within_the_budget(
    ordered: bool, plain: bool, autojump_clock
) -> None:
    """Behind a slow item, or a slow step below, up to twice the limit of them pile up."""

    async def fn(item: int) -> int:
        if ordered:
            await trio.sleep(0.001 if item else 1)
        return item

    async def below(item: int) -> int:
        if not ordered and item == 0:
            await trio.sleep(1)
        return item

    described = stream(range(2000)).map(fn, 1000, ordered=ordered)
    assert await longest_run(described.map(below) if not ordered else described, plain=plain) <= BUDGET


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "async"])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", [2, 10, 200])
async def test_calls_that_never_wait_are_within_the_budget(
    limit: int, ordered: bool, fed: bool, plain: bool
) -> None:
    """Nor do the steps below, plain or async: nothing here yields by itself."""

    async def fn(item: int) -> int:
        return item

    async def items() -> AsyncIterator[int]:
        for item in range(3000):
            yield item

    described = stream(items if fed else range(3000)).map(fn, limit, ordered=ordered)
    assert await longest_run(described, plain=plain) <= BUDGET


@pytest.mark.parametrize("ordered", [True, False])
async def test_calls_beside_a_slow_one_are_within_the_budget(ordered: bool, autojump_clock) -> None:
    """With a high limit one task may make hundreds of calls while another waits."""
    run = LongestRun()

    async def fn(item: int) -> None:
        if item == 0:
            await trio.sleep(1)
        run.count(item)

    trio.lowlevel.add_instrument(run)
    try:
        await stream(range(3000)).map(fn, 1000, ordered=ordered).drain()
    finally:
        trio.lowlevel.remove_instrument(run)
    assert run.items == 3000
    assert run.longest <= BUDGET


@pytest.mark.parametrize("later", [0.0, 1.0], ids=["another task goes on", "nobody else is there"])
async def test_a_long_run_of_ready_results_passes_checkpoints(later: float, autojump_clock) -> None:
    """A hundred tasks finish long before the first: 200 results, and no task emits over 128 in one go."""
    in_one_go = most = 0
    emitters: set[str] = set()
    times: list[float] = []

    async def slow_first(item: int) -> int:
        if item == 0:
            await trio.sleep(10)
        elif item >= 200 and later:
            await trio.sleep(later)
        return item

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            nonlocal in_one_go
            in_one_go = 0

    def emitted(item: int) -> None:
        nonlocal in_one_go, most
        in_one_go += 1
        most = max(most, in_one_go)
        emitters.add(str(id(trio.lowlevel.current_task())))
        times.append(trio.current_time())
        got.append(item)

    got: list[int] = []
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    try:
        await stream(range(300)).map(slow_first, limit=100).for_each(emitted)
    finally:
        trio.lowlevel.remove_instrument(steps)
    assert got == list(range(300))
    assert times[:200] == [10.0] * 200
    assert most <= 128
    assert len(emitters) > 1


@pytest.mark.parametrize("wanted", [150, 300])
async def test_the_rest_of_a_long_run_is_emitted_by_whoever_comes_first(wanted: int, autojump_clock) -> None:
    """By the task that paused or by another, as the scheduler has it: so it is tried thirty times."""

    async def slow_first(item: int) -> int:
        if item == 0:
            await trio.sleep(10)
        return item

    for _ in range(30):
        found = await stream(range(300)).map(slow_first, limit=100).take(wanted).collect()
        assert found == list(range(wanted))
