"""A cancel before each step of any task: nothing else escapes, the source is closed, the counts agree."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns.streams import Stream, stream

N = 7


@dataclass
class Run:
    """One run: its sources, its calls, what has arrived."""

    opened: int = 0
    closed: int = 0
    pulled: int = 0
    running: int = 0
    seen: list[Any] = field(default_factory=list)
    tasks: set[trio.lowlevel.Task] = field(default_factory=set)

    async def source(self, n: int = N) -> AsyncIterator[int]:
        self.opened += 1
        try:
            for item in range(n):
                if item % 3:
                    await trio.lowlevel.checkpoint()
                self.pulled += 1
                yield item
        finally:
            self.closed += 1

    async def call(self, item: int) -> int:
        self.running += 1
        try:
            for _ in range(item % 3):
                await trio.lowlevel.checkpoint()
            return item
        finally:
            self.running -= 1

    async def keep(self, item: Any) -> None:
        await trio.lowlevel.checkpoint()
        self.seen.append(item)

    async def open(self, described: Stream[Any]) -> None:
        async with described.open() as items:
            async for item in items:
                self.seen.append(item)
                await trio.lowlevel.checkpoint()


class Canceller(trio.abc.Instrument):
    """Cancels ``scope`` before step ``k`` of the tasks below ``root``."""

    def __init__(self, k: int, root: trio.lowlevel.Task, scope: trio.CancelScope) -> None:
        self.k, self.root, self.scope, self.steps = k, root, scope, 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        above: trio.lowlevel.Task | None = task
        while above is not None and above is not self.root:
            above = above.parent_nursery.parent_task if above.parent_nursery else None
        if above is not None:
            self.steps += 1
            if self.steps == self.k:
                self.scope.cancel(reason=f"before step {self.k}")


#: Whether the items arrive in order, each once.
ORDERED: dict[str, Callable[[Run], Awaitable[None]]] = {
    "map": lambda r: stream(r.source).map(r.call, 3).for_each(r.keep),
    "map, opened": lambda r: r.open(stream(r.source).map(r.call, 3)),
    "map, direct": lambda r: r.open(stream(range(N)).map(r.call, 3)),
    "map of map": lambda r: r.open(stream(r.source).map(r.call, 2).map(r.call, 3)),
    "flat_map": lambda r: stream(r.source).flat_map(lambda x: stream([x]).map(r.call, 2)).for_each(r.keep),
    "buffer": lambda r: stream(r.source).buffer(2).for_each(r.keep),
    "buffer 0, opened": lambda r: r.open(stream(r.source).buffer(0)),
    "chunks": lambda r: r.open(stream(r.source).chunks(2, within=0.5).flat_map(lambda batch: batch)),
    "zip": lambda r: r.open(stream(r.source).zip(stream(r.source).buffer(1)).map(lambda pair: pair[0])),
    "outcomes": lambda r: r.open(stream(r.source).map(r.call, 3).outcomes().map(lambda o: o.unwrap())),
    "timeout": lambda r: stream(r.source).timeout(9).map(r.call).for_each(r.keep),
    "chain": lambda r: stream(r.source).take(3).chain(range(3, N)).map(r.call, 2).for_each(r.keep),
}
UNORDERED: dict[str, Callable[[Run], Awaitable[None]]] = {
    "map unordered": lambda r: stream(r.source).map(r.call, 3, ordered=False).for_each(r.keep),
    "map unordered, opened": lambda r: r.open(stream(r.source).map(r.call, 3, ordered=False)),
    "map unordered, direct": lambda r: stream(range(N)).map(r.call, 3, ordered=False).for_each(r.keep),
    "limiter": lambda r: (
        stream(r.source).map(r.call, trio.CapacityLimiter(2), ordered=False).for_each(r.keep)
    ),
    "flat_map limit": lambda r: r.open(stream(r.source).flat_map(lambda x: r_call(r, x), 3)),
    "merge": lambda r: (
        stream(r.source).map(r.call, 2).merge(stream(range(10, 14)).map(r.call)).for_each(r.keep)
    ),
    "for_each limit": lambda r: stream(r.source).for_each(lambda x: kept(r, x), 3),
}


async def r_call(run: Run, item: int) -> list[int]:
    return [await run.call(item)]


async def kept(run: Run, item: int) -> None:
    run.seen.append(await run.call(item))


async def cancelled_at(program: Callable[[Run], Awaitable[None]], k: int, run: Run) -> tuple[int, bool]:
    with trio.CancelScope() as scope, trio.fail_after(100):
        canceller = Canceller(k, trio.lowlevel.current_task(), scope)
        children = set(trio.lowlevel.current_root_task().child_nurseries)
        trio.lowlevel.add_instrument(canceller)
        try:
            if k == 0:
                scope.cancel(reason="before the start")
            await program(run)
        finally:
            trio.lowlevel.remove_instrument(canceller)
            assert not trio.lowlevel.current_task().child_nurseries, "every task has ended"
            assert set(trio.lowlevel.current_root_task().child_nurseries) == children
    return canceller.steps, scope.cancelled_caught


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ORDERED | UNORDERED)
def test_cancelled_before_each_step(name: str, seed: int) -> None:
    program = (ORDERED | UNORDERED)[name]
    whole: list[Any] | None = None
    for k in range(1000):
        run = Run()
        trio_run._r.seed(seed)
        clock = trio.testing.MockClock(autojump_threshold=0)
        steps, caught = trio.run(cancelled_at, program, k, run, clock=clock)
        assert (run.closed, run.running) == (run.opened, 0)
        assert len(set(run.seen)) == len(run.seen)
        if name in ORDERED:
            assert run.seen == list(range(len(run.seen)))
        if not caught:
            assert set(run.seen) >= set(range(N)), "what is not cancelled is complete"
        if steps < k:
            whole = run.seen
            break
    assert whole is not None and k > 10, "the last run was not reached by any cancellation"
