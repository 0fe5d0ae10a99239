"""Cancelled before each step of each task: nothing but the cancellation escapes, the source is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns.streams import Stream, stream


class StepCanceller(trio.abc.Instrument):
    """Cancels ``scope`` just before step ``k`` of any task below ``root``."""

    def __init__(self, k: int, root: trio.lowlevel.Task, scope: trio.CancelScope) -> None:
        self.k, self.root, self.scope = k, root, scope
        self.steps = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        above: trio.lowlevel.Task | None = task
        while above is not None and above is not self.root:
            above = above.parent_nursery.parent_task if above.parent_nursery else None
        if above is not None:
            self.steps += 1
            if self.steps == self.k:
                self.scope.cancel(reason=f"before step {self.k}")


class Run:
    """One run's source and what came of it."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.seen: list[int] = []

    async def source(self, n: int = 6) -> AsyncIterator[int]:
        self.opened += 1
        try:
            for i in range(n):
                await trio.sleep(1)
                yield i
        finally:
            self.closed += 1

    def stream(self) -> Stream[int]:
        return stream(self.source)

    async def keep(self, item: int) -> None:
        await trio.lowlevel.checkpoint()
        self.seen.append(item)
        await trio.lowlevel.checkpoint()


async def throttled(run: Run) -> None:
    await run.stream().throttle(0.5, burst=2).for_each(run.keep)


async def debounced(run: Run) -> None:
    await run.stream().debounce(0.5).for_each(run.keep)


async def debounced_at_the_same_moment(run: Run) -> None:
    await run.stream().debounce(1).for_each(run.keep)


async def sampled(run: Run) -> None:
    await run.stream().sample(1.5).for_each(run.keep)


async def broadcast(run: Run, buffer: int = 0) -> None:
    async with run.stream().broadcast(3, buffer) as (a, b, c), trio.open_nursery() as nursery:
        nursery.start_soon(a.for_each, run.keep)
        nursery.start_soon(b.take(3).for_each, run.keep)
        nursery.start_soon(c.drain)


async def broadcast_buffered(run: Run) -> None:
    await broadcast(run, buffer=2)


async def broadcast_left_early(run: Run) -> None:
    async with run.stream().broadcast(2, 1) as (a, b), trio.open_nursery() as nursery:
        nursery.start_soon(b.drain)
        async with a.open() as items:
            async for item in items:
                run.seen.append(item)
                if item == 2:
                    break


async def broadcast_merged(run: Run) -> None:
    async with run.stream().broadcast(2) as (a, b):
        await a.merge(b).debounce(0.5).for_each(run.keep)


async def partitioned(run: Run) -> None:
    async with run.stream().partition(lambda x: x % 2) as (odd, even), trio.open_nursery() as nursery:
        nursery.start_soon(odd.for_each, run.keep)
        nursery.start_soon(even.take(2).for_each, run.keep)


async def partitioned_merged(run: Run) -> None:
    async with run.stream().partition(lambda x: x % 2) as (odd, even):
        await odd.merge(even).for_each(run.keep)


@pytest.mark.parametrize(
    "program",
    [
        throttled,
        debounced,
        debounced_at_the_same_moment,
        sampled,
        broadcast,
        broadcast_buffered,
        broadcast_left_early,
        broadcast_merged,
        partitioned,
        partitioned_merged,
    ],
)
def test_cancelled_before_each_step(program: Callable[[Run], Awaitable[None]]) -> None:
    async def main(run: Run, k: int) -> tuple[int, bool, float]:
        root = trio.lowlevel.current_task()
        with trio.CancelScope() as scope:
            canceller = StepCanceller(k, root, scope)
            trio.lowlevel.add_instrument(canceller)
            try:
                if k == 0:
                    scope.cancel(reason="before the first step")
                await program(run)
            finally:
                trio.lowlevel.remove_instrument(canceller)
        assert not root.child_nurseries
        return canceller.steps, scope.cancelled_caught, trio.current_time()

    for k in range(1000):
        trio_run._r.seed(k)
        run = Run()
        steps, _, time = trio.run(main, run, k, clock=trio.testing.MockClock(autojump_threshold=0))
        assert run.opened == run.closed <= 1, f"cancelled before step {k}"
        assert time <= 20, f"cancelled before step {k}"
        if steps < k:
            break
    else:
        pytest.fail("the run did not get shorter than 1000 steps")
    assert k > 20
    assert run.opened == 1
    assert run.seen


@pytest.mark.parametrize("buffer", [0, 1, 10])
def test_one_side_is_cancelled_before_each_step_and_the_others_miss_nothing(buffer: int) -> None:
    async def main(run: Run, k: int) -> int:
        found: list[list[int]] = []

        async def collect(side: Stream[int]) -> None:
            found.append(await side.collect())

        async def cancelled(side: Stream[int], scope: trio.CancelScope) -> None:
            with scope:
                await side.for_each(run.keep)

        scope = trio.CancelScope()
        canceller = StepCanceller(k, trio.lowlevel.current_task(), scope)
        async with run.stream().broadcast(3, buffer) as (a, b, c), trio.open_nursery() as nursery:
            nursery.start_soon(cancelled, b, scope)
            # A side that is cancelled before it is run counts as one that is not run.
            await trio.testing.wait_all_tasks_blocked()
            trio.lowlevel.add_instrument(canceller)
            nursery.start_soon(collect, a)
            nursery.start_soon(collect, c)
        trio.lowlevel.remove_instrument(canceller)
        assert found == [[0, 1, 2, 3, 4, 5]] * 2
        return canceller.steps

    for k in range(1, 1000):
        trio_run._r.seed(k)
        run = Run()
        steps = trio.run(main, run, k, clock=trio.testing.MockClock(autojump_threshold=0))
        assert run.opened == run.closed == 1, f"cancelled before step {k}"
        if steps < k:
            break
    assert k > 20
