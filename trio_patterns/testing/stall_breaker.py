"""How to end a run that would never end, from inside an instrument."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, NoReturn

import outcome
import trio

from .._core.scheduler_door import shields_around
from .wait_graph import all_tasks

__all__ = ["GIVEN_UP", "RunGivenUp", "break_stall", "crash_run", "lower_shields"]

#: The reason of the cancellation that ends such a run.
GIVEN_UP = "the test gave this run up"


class RunGivenUp(BaseException):
    """Thrown into a task that nothing else can wake. Never seen outside this package."""


def lower_shields(tasks: Iterable[trio.lowlevel.Task]) -> None:
    """Lower the shields that tasks are in, so that the cancellation outside gets in."""
    for task in tasks:
        for scope in shields_around(task):
            scope.shield = False


def fail_waits(tasks: Iterable[trio.lowlevel.Task]) -> None:
    """Wake tasks that refuse to be cancelled, with an exception that nobody expects."""
    for task in tasks:
        if not task.child_nurseries:
            trio.lowlevel.reschedule(task, outcome.Error(RunGivenUp(GIVEN_UP)))


def break_stall(attempt: int, scope: trio.CancelScope, tasks: Iterable[trio.lowlevel.Task]) -> bool:
    """Wake the tasks of a standstill, with means that get stronger from attempt 1 to 3; False after that."""
    match attempt:
        case 1:
            scope.cancel(reason=GIVEN_UP)
        case 2:
            lower_shields(tasks)
        case 3:
            fail_waits(tasks)
        case _:
            return False
    return True


def crash_run(clock: trio.abc.Clock) -> None:
    """Let trio's own loop fail at its next look at the clock: nothing else stops a task that catches all.

    The tasks are kept for ever, trio's own too. To free one is to throw ``GeneratorExit`` into it, and what
    catches all in a loop would catch that too, and hang this thread.
    """

    def current_time() -> NoReturn:
        raise RunGivenUp(GIVEN_UP)

    target: Any = clock
    target.current_time = current_time
    root = trio.lowlevel.current_root_task()
    assert root is not None, "the run is there"
    for task in all_tasks(root):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(task.coro))
