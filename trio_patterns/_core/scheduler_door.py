"""The only door to what trio keeps private: the order of tasks, and the wait that a task is in.

trio shuffles the tasks that are ready with a random generator of its own, and has a switch that makes the
result depend on nothing else; pytest-trio and Hypothesis use the same two. Nothing public replaces them
(python-trio/trio#239). What stands here was read in trio 0.31 to 0.35. Each function says what its callers
do without it, and `SchedulerMoved` says so to the user when trio has moved something.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn, cast, final

import outcome
import trio

from .errors import TrioPatternsError

__all__ = [
    "SchedulerMoved",
    "abort_wait",
    "age",
    "can_be_aborted",
    "has_returned",
    "hold_back",
    "is_open",
    "lock_awaited",
    "pending_error",
    "raised_by",
    "shields_around",
    "task_order",
]

Order = Callable[[list[trio.lowlevel.Task]], None]


class SchedulerMoved(TrioPatternsError):  # noqa: N818 - it says what has happened
    """This version of trio has no longer what `explore` and ``fault=`` need.

    Raised before anything runs, or after the first run if trio did not ask for an order. Use a trio that
    this library was tested with, and report it; `cancel_sweep` without ``fault=`` works with any.
    """

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"trio {trio.__version__} has no {missing} any more, which exact task orders need; "
            f"use trio 0.31 to 0.35, or a newer trio_patterns"
        )
        #: What was looked for.
        self.missing = missing


def _scheduler() -> Any:
    try:
        return import_module("trio._core._run")
    except ImportError:
        return None


def _missing() -> str | None:
    module = _scheduler()
    if not isinstance(getattr(module, "_ALLOW_DETERMINISTIC_SCHEDULING", None), bool):
        return "_ALLOW_DETERMINISTIC_SCHEDULING"
    if not hasattr(getattr(module, "_r", None), "shuffle"):
        return "_r"
    for name in ("_next_send", "_abort_func", "_attempt_abort", "_counter"):
        if not hasattr(trio.lowlevel.Task, name):
            return f"Task.{name}"
    if not hasattr(getattr(module, "Runner", None), "runq"):
        return "Runner.runq"
    return None if hasattr(module, "GLOBAL_RUN_CONTEXT") else "GLOBAL_RUN_CONTEXT"


def is_open() -> bool:
    """Tell whether this trio has all that the door leads to."""
    return _missing() is None


@final
class _Orders:
    """Stands in for trio's random generator: orders the batches of one thread, leaves all else to trio's."""

    def __init__(self, order: Order, generator: random.Random) -> None:
        self._order = order
        self._generator = generator
        self._thread = threading.get_ident()
        self.asked = False

    def shuffle(self, batch: list[trio.lowlevel.Task]) -> None:
        if threading.get_ident() != self._thread:
            self._generator.shuffle(batch)
            return
        self.asked = True
        self._order(batch)
        batch.reverse()  # trio takes them from the end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)


@contextmanager
def task_order(order: Order) -> Generator[None]:
    """Let ``order`` sort each batch of runnable tasks in place, first to run first, in runs of this thread.

    Raises:
      SchedulerMoved: if trio has no such thing, or did not ask during the block.
    """
    if (missing := _missing()) is not None:
        raise SchedulerMoved(missing)
    module = _scheduler()
    generator, switch = module._r, module._ALLOW_DETERMINISTIC_SCHEDULING
    orders = _Orders(order, generator)
    module._r, module._ALLOW_DETERMINISTIC_SCHEDULING = orders, True
    try:
        yield
    finally:
        module._r, module._ALLOW_DETERMINISTIC_SCHEDULING = generator, switch
    if not orders.asked:
        raise SchedulerMoved("call of _r.shuffle")


def hold_back(tasks: list[trio.lowlevel.Task]) -> None:
    """Put runnable tasks off until the next pass. Only for the ``order`` of `task_order`."""
    _scheduler().GLOBAL_RUN_CONTEXT.runner.runq.extend(tasks)


def age(task: trio.lowlevel.Task) -> int:
    """Return a number that is higher for tasks that were started later; without the door, 0."""
    counter = getattr(task, "_counter", 0)
    return counter if isinstance(counter, int) else 0


def pending_error(task: trio.lowlevel.Task) -> BaseException | None:
    """Return the exception that the next step of a scheduled task begins with; without the door, None."""
    pending = getattr(task, "_next_send", None)
    return pending.error if isinstance(pending, outcome.Error) else None


def shields_around(task: trio.lowlevel.Task) -> list[trio.CancelScope]:
    """Return the raised shields that a task is in, innermost first; without the door, none."""
    found: list[trio.CancelScope] = []
    status = getattr(task, "_cancel_status", None)
    while status is not None:
        scope = getattr(status, "_scope", None)
        if isinstance(scope, trio.CancelScope) and scope.shield:
            found.append(scope)
        status = getattr(status, "parent", None)
    return found


def has_returned(task: trio.lowlevel.Task, frame: object) -> bool:
    """Tell whether a task that has just ended returned, rather than raised; without the door, False.

    Its nursery knows only the exceptions of its tasks: one of this task has gone through its outermost
    ``frame``.
    """
    pending = getattr(task.parent_nursery, "_pending_excs", None)
    if not isinstance(pending, list) or frame is None:
        return False
    tracebacks = [cast("BaseException", exc).__traceback__ for exc in cast("list[object]", pending)]
    return all(traceback is None or traceback.tb_frame is not frame for traceback in tracebacks)


def lock_awaited(task: trio.lowlevel.Task, condition: trio.Condition) -> trio.Lock | None:
    """Return the lock that a task in ``condition.wait()`` waits for once it was notified; else None."""
    lot, lock = getattr(condition, "_lot", None), getattr(condition, "_lock", None)
    notified = lot is not None and task.custom_sleep_data is not lot
    return lock if notified and isinstance(lock, trio.Lock) else None


def can_be_aborted(task: trio.lowlevel.Task) -> bool:
    """Tell whether `abort_wait` makes sense: the task is blocked, and not just waiting for its own tasks."""
    abort = getattr(task, "_abort_func", None)
    return abort is not None and "_nested_child_finished" not in getattr(abort, "__qualname__", "")


def abort_wait(task: trio.lowlevel.Task, error: BaseException) -> None:
    """Let the wait of a blocked task fail with ``error``, as a cancellation does, if it allows that."""

    def raise_error() -> NoReturn:
        raise error

    cast("Any", task)._attempt_abort(raise_error)


def raised_by(task: trio.lowlevel.Task, frame: object) -> BaseException | None:
    """Return the exception that a task has just ended with, or None; without the door, None.

    To be called while trio announces the end of the task, whose outermost ``frame`` was kept. The exception
    of a task is the last that its nursery has collected, and that of the first task is kept by the run.
    """
    pending = getattr(task.parent_nursery, "_pending_excs", None)
    found: list[object] = [*cast("list[object]", pending)] if isinstance(pending, list) else []
    runner = getattr(getattr(_scheduler(), "GLOBAL_RUN_CONTEXT", None), "runner", None)
    outcome_of_main = getattr(runner, "main_task_outcome", None)
    if isinstance(outcome_of_main, outcome.Error):
        found.append(outcome_of_main.error)
    for exc in reversed(found):
        traceback = cast("BaseException", exc).__traceback__
        if traceback is not None and traceback.tb_frame is frame:
            return cast("BaseException", exc)
    return None
