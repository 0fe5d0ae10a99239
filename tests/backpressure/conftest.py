"""What the tests of this family share: a cancellation at every step, and a gauge of calls in flight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, Self

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns._core.groups import leaves


class StepCounter(trio.abc.Instrument):
    """Counts the steps of ``root`` and of the tasks below it; calls ``act`` just before step ``k``."""

    def __init__(self, k: int, root: trio.lowlevel.Task, act: Callable[[], object]) -> None:
        self.k, self.root, self.act, self.steps = k, root, act, 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        parent: trio.lowlevel.Task | None = task
        while parent is not self.root:
            if parent is None or parent.parent_nursery is None:
                return
            parent = parent.parent_nursery.parent_task
        self.steps += 1
        if self.steps == self.k:
            self.act()


async def _run_cancelled_at(k: int, fn: Callable[[], Awaitable[object]]) -> int:
    with trio.CancelScope() as scope:
        counter = StepCounter(k, trio.lowlevel.current_task(), scope.cancel)
        trio.lowlevel.add_instrument(counter)
        try:
            if k == 0:
                scope.cancel()
            await fn()
        finally:
            trio.lowlevel.remove_instrument(counter)
    return counter.steps


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


class Scenario(Protocol):
    """What `at_every_step` runs: anew for each step."""

    async def run(self) -> None: ...
    def inject(self) -> None:
        """Do what is to happen just before the step."""

    def check(self, escaped: list[BaseException]) -> None:
        """Look at what is left; ``escaped`` are the single exceptions that `run` raised."""


@pytest.fixture
def at_every_step() -> Callable[[Callable[[], Scenario]], int]:
    """Return a function that counts a scenario's steps, then runs it once for each, something injected there.

    All runs have the same task order up to the injection, and another one in each run of the test suite.
    """
    seed = trio_run._r.getrandbits(32)

    def run(scenario: Scenario, k: int) -> int:
        async def main() -> StepCounter:
            counter = StepCounter(k, trio.lowlevel.current_task(), scenario.inject)
            trio.lowlevel.add_instrument(counter)
            try:
                await scenario.run()
            except BaseException as exc:
                escaped.extend(leaves(exc))
            trio.lowlevel.remove_instrument(counter)
            return counter

        escaped: list[BaseException] = []
        trio_run._r.seed(seed)
        counter = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
        try:
            scenario.check(escaped)
        except BaseException as exc:
            exc.add_note(f"injected before step {k} of task order {seed}")
            raise
        return counter.steps

    def sweep(make: Callable[[], Scenario]) -> int:
        steps = run(make(), k=0)
        for k in range(1, steps + 1):
            assert run(make(), k) >= k
        return steps

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
