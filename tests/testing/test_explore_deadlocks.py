"""`explore` on deadlocks: found, drawn with who holds what at which line, and gone in the mended version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
import trio

from trio_patterns.testing import ExploreFailure, explore

Strategy = Literal["random", "pct", "exhaustive"]


def failure_of(program: Callable[[], Awaitable[object]], **options: Any) -> ExploreFailure:
    with pytest.raises(ExploreFailure) as info:
        explore(program, **options)
    return info.value


class Transfer:
    """Two tasks take two of the same kind, each in its own order."""

    def __init__(self, make: Callable[[], Any], ordered: bool = False) -> None:
        self.make = make
        self.ordered = ordered

    async def program(self) -> None:
        a, b = self.make(), self.make()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.take, a, b)
            nursery.start_soon(self.take, *((a, b) if self.ordered else (b, a)))

    async def take(self, first: Any, second: Any) -> None:
        async with first:
            async with second:
                await trio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    "make", [trio.Lock, trio.StrictFIFOLock, lambda: trio.Semaphore(1), lambda: trio.CapacityLimiter(1)]
)
@pytest.mark.parametrize("strategy", ["random", "pct", "exhaustive"])
def test_a_deadlock_is_found_and_drawn(make: Callable[[], Any], strategy: Strategy) -> None:
    kind = f"a trio.{type(make()).__name__}"
    failure = failure_of(Transfer(make).program, strategy=strategy)
    assert failure.problem.startswith("it does not end: every task waits, and nothing will wake one")
    assert failure.graph is not None
    parent, one, two = failure.graph.tasks
    assert (parent.name, parent.waits_for, parent.held_by) == ("program", "its tasks to end", ())
    assert {one.name, two.name} == {"take #1", "take #2"}
    assert {one.waits_for, two.waits_for} == {f"{kind} #1", f"{kind} #2"}
    first = Transfer.take.__code__.co_firstlineno + 1
    for task, other in [(one, two), (two, one)]:
        assert task.place is not None and task.place.line == first + 1
        assert [holder.task for holder in task.held_by] == [other.name]
        assert task.held_by[0].acquired_at is not None
        assert task.held_by[0].acquired_at.line == first
    assert sorted(failure.graph.cycle) == ["take #1", "take #2"]
    text = str(failure)
    assert f"take #1 waits for {kind} #1\n    at {__file__}:{first + 1} in take\n" in text
    assert "        async with second:\n" in text
    assert f"    held by take #2, since {__file__}:{first} in take\n" in text
    assert "in a circle: take #" in text


@pytest.mark.parametrize("make", [trio.Lock, lambda: trio.Semaphore(1)])
def test_the_same_order_mends_the_deadlock(make: Callable[[], Any]) -> None:
    transfer = Transfer(make, ordered=True)
    assert explore(transfer.program, strategy="exhaustive", schedules=2000).complete
    explore(transfer.program, strategy="pct")


class Philosophers:
    """Three of them. They get stuck only if each takes the left fork before anybody takes the right one."""

    def __init__(self, left_handed: int | None = None) -> None:
        self.left_handed = left_handed
        self.meals = 0

    async def program(self) -> None:
        self.meals = 0
        forks = [trio.Lock() for _ in range(3)]
        async with trio.open_nursery() as nursery:
            for i in range(3):
                pair = forks[i], forks[(i + 1) % 3]
                nursery.start_soon(self.dine, *(reversed(pair) if i == self.left_handed else pair))

    async def dine(self, first: trio.Lock, second: trio.Lock) -> None:
        for _ in range(2):
            async with first:
                async with second:
                    self.meals += 1


@pytest.mark.parametrize("strategy", ["random", "pct", "exhaustive"])
def test_dining_philosophers(strategy: Strategy) -> None:
    failure = failure_of(Philosophers().program, strategy=strategy, fair=False, schedules=2000)
    assert failure.graph is not None
    assert len(failure.graph.cycle) == 3
    mended = Philosophers(left_handed=2)
    report = explore(mended.program, strategy=strategy, fair=False, check=lambda: mended.meals == 6)
    assert report.schedules == 100


def test_one_order_may_pass_where_others_hang() -> None:
    explore(Philosophers().program, replay="free:0")
