"""`TaskHandle`: ask about one task, wait for it, cancel it alone."""

from __future__ import annotations

import weakref
from collections.abc import Awaitable
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, cast, final

import trio

from .._core.groups import is_cancellation, leaves, note_replaced_cancellations
from .calls import name_of
from .task_errors import TaskCancelled, TaskNotDone

__all__ = ["TaskHandle"]

T = TypeVar("T")

# What a handle knows about its task. A failure becomes SEEN when somebody has taken it from the handle.
PENDING: Final = 0
FINISHED: Final = 1
CANCELLED: Final = 2
FAILED: Final = 3
SEEN: Final = 4


# How a started task finds its handle without keeping it alive. If the handle is dead when the task makes its
# first step, nobody can cancel the task alone any more, and it does without a cancel scope. That saves 7.5 of
# 17.7 microseconds (10,000 tasks of one checkpoint, CPython 3.11), and dropping the handle is just what a
# loop of ``tasks.spawn(fn, item)`` does. A handle cancelled before that step is appended, which pins it.
TaskLink: TypeAlias = "list[Any]"


class Canceller(Protocol):
    """The part of `trio.CancelScope` that a handle needs."""

    def cancel(self, reason: str | None = None) -> None:
        """Cancel."""
        ...


@final
class TaskHandle(Generic[T]):
    """One task, as its spawner sees it.

    You get handles from `spawn` and from `JoinSet`; there is no need to make one. A handle does not own its
    task: the nursery or the join set does. Dropping the handle changes nothing for the task.

    Synopsis::

        handle = spawn(nursery, fetch, url)
        ...
        page = await handle.join()

    Cost:
      A task whose handle you drop before the task's first step runs without a cancel scope of its own,
      because nobody can cancel it alone any more. A handle that you keep costs the task a
      `trio.CancelScope`. Measured with 10,000 tasks of one checkpoint each, on CPython 3.11: a join set
      takes 1.4 times the time of bare ``start_soon`` if the handles are dropped, 2.5 times if all are kept.

    Source:
      Tokio's ``JoinHandle`` and ``AbortHandle``. There a dropped handle detaches its task.
    """

    __slots__ = ("__weakref__", "_canceller", "_link", "_lot", "_name", "_payload", "_status")

    # The value, the exception or the reason of the cancellation, as the status says. It is all or nothing,
    # so one attribute is enough.
    _payload: Any
    # What `cancel` calls; None before the first step of a task, when there is no scope to cancel yet.
    _canceller: Canceller | None
    _link: TaskLink
    # Tasks that wait in `join`; made by the first of them, so that a task costs no event.
    _lot: trio.lowlevel.ParkingLot | None

    def __init__(self, name: object, status: int = PENDING, payload: T | None = None) -> None:
        self._name = name
        self._status = status
        self._payload = payload
        self._canceller = None
        self._lot = None

    def __repr__(self) -> str:
        state = ("pending", "finished", "cancelled", "failed", "failed")[self._status]
        return f"<TaskHandle {self.name!r} {state}>"

    @property
    def name(self) -> str:
        """The name of the task, as in trio's own tracebacks and task trees."""
        return name_of(self._name)

    @property
    def done(self) -> bool:
        """Whether the task has ended: finished, failed or cancelled."""
        return self._status != PENDING

    @property
    def cancelled(self) -> bool:
        """Whether the task was ended by a cancellation: by `cancel`, or by any scope around it.

        A task that returned, or failed, although a cancellation was on its way is not cancelled.
        """
        return self._status == CANCELLED

    def result(self) -> T:
        """Return what the task returned.

        Returns:
          The value. You can ask as often as you like.

        Raises:
          BaseException: the task's own exception, the very object, with its traceback.
          TaskNotDone: if the task has not ended.
          TaskCancelled: if the task was cancelled.
        """
        if self._status == FINISHED:
            value: T = self._payload
            return value
        exc = self.exception()
        assert exc is not None
        try:
            raise exc
        finally:
            del exc, self  # the traceback holds this frame; without this the exception would hold itself

    def exception(self) -> BaseException | None:
        """Return the exception that ended the task.

        Returns:
          The exception, or None if the task finished.

        Raises:
          TaskNotDone: if the task has not ended.
          TaskCancelled: if the task was cancelled.
        """
        if self._status == PENDING:
            raise TaskNotDone(self.name)
        if self._status == FINISHED:
            return None
        if self._status == CANCELLED:
            raise TaskCancelled(self.name, cast("str | None", self._payload))
        self._status = SEEN
        failure: BaseException = self._payload
        return failure

    async def join(self) -> T:
        """Wait until the task has ended, then do as `result` does.

        Returns:
          The value that the task returned.

        Raises:
          BaseException: the task's own exception.
          TaskCancelled: if the task was cancelled.

        Cancellation:
          Ends the waiting, not the task. Any number of tasks may wait. A task that waits for itself waits
          until it is cancelled.
        """
        if self._status == PENDING:
            if self._lot is None:
                self._lot = trio.lowlevel.ParkingLot()
            await self._lot.park()
        else:
            await trio.lowlevel.checkpoint()
        return self.result()

    def cancel(self, reason: str | None = None) -> None:
        """Cancel this task alone; its siblings go on.

        It returns at once: the task gets `trio.Cancelled` at its next checkpoint and may take time to clean
        up. Wait with `join` if you need to know. Cancelling twice is the same as cancelling once (the first
        reason stays), and an ended task is left as it is. As everywhere in trio, a task that was
        cancelled before its first step still runs up to its first checkpoint, so that it can release what
        it was given; only a task that still waits for its turn in a join set with a ``limit`` never starts.

        Args:
          reason: What you want to read in `trio.Cancelled` and in `TaskCancelled`.
        """
        if self._status == PENDING:
            if self._canceller is None:
                self._canceller = trio.CancelScope()
                self._link.append(self)
            if self._payload is None:
                self._payload = reason  # for `TaskCancelled`, should the cancellation succeed
            self._canceller.cancel(reason)

    # For the code that runs the task:

    def _settle(self, status: int, payload: object) -> None:
        """Note how the task has ended and wake who waits for it."""
        self._status = status
        self._payload = payload
        self._canceller = None
        if self._lot is not None:
            self._lot.unpark_all()


def settle_with(handle: TaskHandle[Any], exc: BaseException) -> BaseException | None:
    """Note that ``exc`` has ended the task; return the part of it that must not be stored.

    That part is a cancellation, `KeyboardInterrupt`, `SystemExit` and the like. They go through every task on
    their way out and are nobody's result.
    """
    if isinstance(exc, Exception):
        note_replaced_cancellations(exc)
        handle._settle(FAILED, exc)
        return None
    rest = exc
    if isinstance(exc, BaseExceptionGroup):
        failures, others = cast("BaseExceptionGroup[BaseException]", exc).split(Exception)
        if failures is not None:
            note_replaced_cancellations(failures)
            handle._settle(FAILED, failures)
            return others
    handle._settle(CANCELLED, reason_of(rest))
    return rest


def reason_of(exc: BaseException) -> str | None:
    """Say why ``exc`` ended a task that has no failure of its own."""
    if is_cancellation(exc):
        return cast("trio.Cancelled", next(leaves(exc))).reason
    return f"ended by {exc!r}"


def link_to(handle: TaskHandle[T]) -> TaskLink:
    """Return what a task is given to find its handle."""
    handle._link = [weakref.ref(handle)]
    return handle._link


def handle_of(link: TaskLink) -> TaskHandle[Any] | None:
    """Return the handle that ``link`` leads to, if somebody has kept it."""
    handle: TaskHandle[Any] | None = link[0]()
    return handle


async def run_cancellable(handle: TaskHandle[T], awaitable: Awaitable[T]) -> None:
    """Run the task of ``handle`` in a cancel scope; note its value, or that it was cancelled alone."""
    try:
        scope = handle._canceller
        if scope is None:
            handle._canceller = scope = trio.CancelScope()
        with cast("trio.CancelScope", scope):
            # Noted inside the scope: once the value is there, a cancellation on its way comes too late.
            handle._settle(FINISHED, await awaitable)
        if handle._status == PENDING:
            handle._settle(CANCELLED, handle._payload)
    finally:
        del handle  # for the same reason as in `TaskHandle.result`
