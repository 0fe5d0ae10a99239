"""What the tests of this family share: a cancellation at every step, and a gauge of calls in flight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Self

import pytest
import trio
import trio._core._run as trio_run
import trio.testing


class StepCanceller(trio.abc.Instrument):
    """Cancels ``scope`` just before step ``k`` of any task that runs below ``root``."""

    def __init__(self, k: int, root: trio.lowlevel.Task, scope: trio.CancelScope) -> None:
        self.k, self.root, self.scope, self.steps = k, root, scope, 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        parent: trio.lowlevel.Task | None = task
        while parent is not self.root:
            if parent is None or parent.parent_nursery is None:
                return
            parent = parent.parent_nursery.parent_task
        self.steps += 1
        if self.steps == self.k:
            self.scope.cancel()


async def _run_cancelled_at(k: int, fn: Callable[[], Awaitable[object]]) -> int:
    with trio.CancelScope() as scope:
        canceller = StepCanceller(k, trio.lowlevel.current_task(), scope)
        trio.lowlevel.add_instrument(canceller)
        try:
            if k == 0:
                scope.cancel()
            await fn()
        finally:
            trio.lowlevel.remove_instrument(canceller)
    return canceller.steps


Sweep = Callable[[Callable[[], tuple[Callable[[], Awaitable[object]], Callable[[], None]]]], int]


@pytest.fixture
def cancel_at_every_step() -> Sweep:
    """Return a function that runs a scenario once for each of its steps, cancelled there.

    ``make()`` returns the scenario and the check to run after it; the number of steps tried is returned.
    """

    def sweep(make: Callable[[], tuple[Callable[[], Awaitable[object]], Callable[[], None]]]) -> int:
        for k in range(2000):
            trio_run._r.seed(k)
            fn, check = make()
            clock = trio.testing.MockClock(autojump_threshold=0)
            steps = trio.run(_run_cancelled_at, k, fn, clock=clock)
            try:
                check()
            except BaseException as exc:
                exc.add_note(f"cancelled at step {k}")
                raise
            if steps < k:
                return k
        raise AssertionError("the scenario does not end")

    return sweep


class Gauge:
    """Counts what is in flight and remembers the peak."""

    def __init__(self) -> None:
        self.now = self.peak = self.started = self.finished = self.cancelled = 0

    def __enter__(self) -> Self:
        self.started += 1
        self.now += 1
        self.peak = max(self.peak, self.now)
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self.now -= 1
        if exc_type is None:
            self.finished += 1
        elif issubclass(exc_type, trio.Cancelled):
            self.cancelled += 1


@pytest.fixture
def gauge() -> Gauge:
    return Gauge()
