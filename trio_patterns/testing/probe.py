"""The instrument in every run: counts the points, makes something happen at one, notices a standstill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import trio
from trio.testing import MockClock

from .._core.frames import Place, place_of_task
from .deliveries import Deliveries, full_names
from .stall_breaker import GIVEN_UP, break_stall, crash_run, lower_shields
from .standstill import is_nothing_due, is_stalled, threads_now
from .wait_graph import Account, WaitGraph, all_tasks, wait_graph

__all__ = ["Injection", "Point", "Probe"]

#: How many more steps a run that must end gets to do so, before it is given up.
RESPITE = 10_000
#: Seconds (real ones) between two looks at a run that waits for a thread or for I/O, and for no deadline.
REST = 0.001


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of a run: before a step of a task, or when all tasks wait."""

    number: int
    task: trio.lowlevel.Task | None

    def places(self, names: Mapping[trio.lowlevel.Task, str]) -> list[tuple[str, Place | None]]:
        """Return name and line of the task whose turn it is, or of all that are named if all wait.

        Before the start there is one task, and it is at no line.
        """
        tasks = [self.task] if self.task is not None else list(names)
        return [(names[task], place_of_task(task) if self.number else None) for task in tasks]


class Injection:
    """What is made to happen in a run: by default nothing. Called from trio's loop, it must not raise."""

    #: The exception that was thrown into the program, if one was.
    fault: BaseException | None = None
    #: When it happened, by the clock of the run.
    time: float | None = None

    def at(self, point: Point, probe: Probe) -> None:
        """Act at a point."""

    #: Called with each task that has just begun to wait; None spares the call.
    blocked: Callable[[trio.lowlevel.Task, Probe], None] | None = None


@final
class Probe(trio.abc.Instrument):
    """Watches one run."""

    def __init__(
        self,
        clock: MockClock,
        injection: Injection,
        *,
        max_steps: int,
        account: Account | None = None,
    ) -> None:
        self._clock = clock
        self._injection = injection
        self._blocked = injection.blocked
        self._left = max_steps
        self._respite = min(max_steps, RESPITE)
        self._account = account
        self._root: trio.lowlevel.Task | None = None
        self._mine: set[trio.lowlevel.Task] = set()
        self._strangers: set[trio.lowlevel.Task] = set()
        self._escalation = 0
        self._threads = threads_now()
        self._ready = 0  # tasks that have been scheduled and have not taken their step yet
        self._resting = False  # whether trio's loop pauses between two looks
        self._stirred = True  # whether a task has taken a step since all of them waited
        #: What the whole program runs in.
        self.scope = trio.CancelScope()
        #: What it runs in within that: no cancellation gets in once its shield is raised.
        self.haven = trio.CancelScope()
        #: Points passed so far, the one before the start included.
        self.points = 0
        #: The tasks that there were when something was made to happen, by name and number.
        self.names: Mapping[trio.lowlevel.Task, str] = {}
        #: Cancellations as they reach a task, once there are any.
        self.deliveries = Deliveries()
        #: The standstill, if the run came to one.
        self.stall: WaitGraph | None = None
        #: Where the task stood that ran on and on, if one did.
        self.endless: tuple[str, Place | None] | None = None
        #: Whether the run could only be ended by breaking trio's loop.
        self.crashed = False

    def begin(self, name: str) -> None:
        """Start to watch: the program is what the calling task runs from here on, under this name."""
        self._root = trio.lowlevel.current_task()
        self._root.name = name
        self._mine = {self._root}
        self._pass(None)

    def end(self) -> set[trio.lowlevel.Task]:
        """Stop watching, and return the tasks that the program has left behind, its `strangers` apart."""
        assert self._root is not None
        left = self._mine - {self._root}
        self._root = None
        self._mine = set()
        return left

    @property
    def strangers(self) -> set[trio.lowlevel.Task]:
        """The system tasks that the program has started and that still run."""
        return set(self._strangers)

    @property
    def root(self) -> trio.lowlevel.Task:
        """The program's first task."""
        assert self._root is not None, "the program is not running"
        return self._root

    def owns(self, task: trio.lowlevel.Task) -> bool:
        """Tell whether a task belongs to the program."""
        return task in self._mine

    def name_tasks(self) -> Mapping[trio.lowlevel.Task, str]:
        """Name the tasks of the program that there are now, with a number where several have one name."""
        self.names = full_names(all_tasks(self.root))
        return self.names

    def _pass(self, task: trio.lowlevel.Task | None) -> None:
        point = Point(self.points, task)
        self.points += 1
        self._injection.at(point, self)

    # The callbacks. An exception in one would only be logged, and the instrument dropped.

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        if self._root is None:
            return
        nursery = task.parent_nursery
        if nursery is not None and nursery.parent_task in self._mine:
            self._mine.add(task)
        else:
            self._strangers.add(task)  # a system task, which no nursery of the program waits for

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        if self.deliveries.active and task in self._mine:
            self.deliveries.exited(task)
        self._mine.discard(task)
        self._strangers.discard(task)

    def task_scheduled(self, task: trio.lowlevel.Task) -> None:
        self._ready += 1
        if self.deliveries.active and task in self._mine:
            self.deliveries.look(task)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._ready -= 1
        if self._resting:
            self._resting = False
            self._clock.autojump_threshold = 0.0
        if task in self._mine:
            self._stirred = True
            self._pass(task)
        elif task not in self._strangers:
            return
        self._left -= 1
        if self._left <= 0:
            self._too_long(task)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self._blocked is not None and task in self._mine:
            self._blocked(task, self)

    def before_io_wait(self, timeout: float) -> None:
        if not self._idle():
            return
        if self._root is None:
            # The program is over: what keeps the run alive is a system task that refuses to end.
            if self._strangers and is_nothing_due() and is_stalled(self._threads):
                self.stall = wait_graph(self._strangers)
                self._crash()
            return
        # trio looks again and again while a thread works; that is still the same point.
        if self._stirred:
            self._stirred = False
            self._pass(None)
        # What the plan does wakes tasks.
        if self._idle() and is_nothing_due():
            if is_stalled(self._threads):
                self._standstill()
            elif not self._resting:
                # Otherwise trio would ask the system in a loop, and take the processor from the thread.
                self._resting = True
                self._clock.autojump_threshold = REST

    def _idle(self) -> bool:
        return self._ready == 0

    def _standstill(self) -> None:
        self.deliveries.active = False  # what comes now is not the program's fault
        if self.stall is None:
            self.stall = wait_graph(all_tasks(self.root), self._account)
        while self._idle():
            self._escalation += 1
            if not break_stall(self._escalation, self.scope, all_tasks(self.root)):
                self._crash()
                return

    def _too_long(self, task: trio.lowlevel.Task) -> None:
        self.deliveries.active = False
        if self.endless is None:
            self.endless = (task.name, place_of_task(task))
        self._left = self._respite
        self._escalation += 1
        if self._root is None:
            self._crash()
            return
        match self._escalation:
            case 1:
                self.scope.cancel(reason=GIVEN_UP)
            case 2:
                lower_shields(all_tasks(self.root))
            case 3:
                self.haven.shield = True  # a task that ran on because it caught each cancellation may now end
            case _:
                self._crash()

    def _crash(self) -> None:
        self.crashed = True
        crash_run(self._clock)
