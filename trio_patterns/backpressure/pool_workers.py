"""The inside of a worker pool: its state, its workers, and how it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context
from enum import Enum
from typing import Any, Generic, TypeVar

import outcome
import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.groups import UnwrappingNursery, is_cancellation
from .._core.naming import function_name
from .failures import NOT_CALLED, refuse_non_awaitable, split_failure

__all__ = ["PoolState", "PoolWorkers", "Slot", "Waiter"]

JobT = TypeVar("JobT")


class PoolState(Enum):
    """Where a pool is in its life. While it drains, only jobs may add jobs."""

    NEW = "its block has not been entered"
    OPEN = "the body of its block runs"
    DRAINING = "the body of its block has ended"
    BROKEN = "it was cancelled, by a failed job, by the body of its block, or from outside"
    CLOSED = "its block has been left"


# Looking up a member of an enum costs more than a global.
_DRAINING, _BROKEN, _CLOSED = PoolState.DRAINING, PoolState.BROKEN, PoolState.CLOSED


class Slot:
    """What one worker has in hand: the n-th accepted job, or nothing (number 0)."""

    __slots__ = ("job", "number")

    def __init__(self) -> None:
        self.number = 0
        self.job: Any = None


class Waiter:
    """A producer's place in the queue before the queue."""

    __slots__ = ("is_worker", "job", "since")

    def __init__(self, job: Any) -> None:
        self.job = job
        self.since: float = trio.current_time()
        self.is_worker = False  # and will never give up


class PoolWorkers(Generic[JobT]):
    """What `WorkerPool` is behind its methods for producers."""

    _home: Context
    _manager: UnwrappingNursery
    _nursery: trio.Nursery

    def __init__(
        self, async_fn: Callable[[JobT], Awaitable[object]], workers: int, buffer: int, on_error: str
    ) -> None:
        self.failures: list[tuple[JobT, Exception]] = []
        self.returned: list[JobT] = []
        self._async_fn = async_fn
        self._workers = workers
        self._capacity = workers + buffer
        self._collect = on_error == "collect"
        self._state = PoolState.NEW
        # Invariant: room = capacity - queued - in flight, and while a producer waits there is none.
        self._room = self._least_room = self._capacity
        self._queue: deque[JobT] = deque()
        self._leftover: list[JobT] = []
        self._slots: list[Slot] = []
        self._idle: dict[trio.lowlevel.Task, None] = {}
        self._waiting: dict[trio.lowlevel.Task, Waiter] = {}
        self._taken = self._succeeded = self._failed = self._unyielded = 0
        self._waited: float = 0.0
        self._cause: BaseException | None = None
        self._refusals: list[BaseException] = []
        self._drained = trio.Event()

    def _start_worker(self) -> None:
        slot = Slot()
        self._slots.append(slot)
        name = f"{function_name(self._async_fn)} (worker {len(self._slots)})"
        self._home.run(lambda: self._nursery.start_soon(self._work, slot, name=name))

    async def _work(self, slot: Slot) -> None:
        context = ItemContext()
        async_fn = self._async_fn
        awaitable: object = NOT_CALLED
        unyielded = 0
        try:
            while True:  # noqa: ASYNC913 - `_park` or, by the budget, `checkpoint`
                if not self._take(slot):
                    if self._state is _CLOSED:
                        return
                    await self._park()
                    unyielded = 0
                    continue
                try:
                    awaitable = async_fn(slot.job)
                    await awaitable
                except BaseException as exc:  # noqa: ASYNC103 - `_fail` says True for an Exception only
                    refuse_non_awaitable(exc, async_fn, awaitable)
                    if not self._fail(slot, exc):
                        raise
                else:
                    self._finish(slot)
                if context.current != context.base:
                    await context.restore()
                unyielded += 1
                if unyielded == CHECKPOINT_BUDGET:
                    unyielded = 0
                    await trio.lowlevel.checkpoint()
        except BaseException as exc:
            self._break(exc)
            raise

    @trio.lowlevel.enable_ki_protection
    def _take(self, slot: Slot) -> bool:
        # A job is in the queue or in a slot, never only in a local variable: a KeyboardInterrupt between
        # two lines of `_work` loses none.
        if not self._queue:
            return False
        slot.job = self._queue.popleft()
        slot.number = self._taken = self._taken + 1
        return True

    @trio.lowlevel.enable_ki_protection
    def _finish(self, slot: Slot) -> None:
        self._succeeded += 1
        self._make_room(slot)

    def _make_room(self, slot: Slot) -> None:
        slot.number = 0
        slot.job = None
        if self._waiting:
            task = next(iter(self._waiting))
            self._queue.append(self._stop_waiting(task))
            trio.lowlevel.reschedule(task)
            return
        self._room += 1
        if self._state is _DRAINING and self._room == self._capacity:
            self._end()

    def _stop_waiting(self, task: trio.lowlevel.Task) -> JobT:
        """Take a producer out of the queue before the queue; return its job."""
        waiter = self._waiting.pop(task)
        # Here and not in the task's next step: until then its wait would be in no account.
        self._waited += trio.current_time() - waiter.since
        job: JobT = waiter.job
        return job

    @trio.lowlevel.enable_ki_protection
    def _fail(self, slot: Slot, exc: BaseException) -> bool:
        """Book a failure; tell whether the worker goes on."""
        failure, rest = split_failure(exc)
        if failure is None:
            return False
        self._failed += 1
        self.failures.append((slot.job, failure))
        if not self._collect:
            self._break(exc)
        self._make_room(slot)
        if self._collect and rest is not None:
            raise rest
        return self._collect

    @trio.lowlevel.enable_ki_protection
    async def _park(self) -> None:
        task = trio.lowlevel.current_task()
        self._idle[task] = None

        def abort(_: object) -> trio.lowlevel.Abort:
            del self._idle[task]
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _is_own(self, task: trio.lowlevel.Task) -> bool:
        """Tell whether ``task`` is a worker or was started, at some remove, by the job of one."""
        while (nursery := task.parent_nursery) is not None:
            if nursery is self._nursery:
                return True
            task = nursery.parent_task
        return False

    def _closed_error(self) -> trio.ClosedResourceError:
        return trio.ClosedResourceError(f"the worker pool takes no job: {self._state.value}")

    def _broken_error(self) -> trio.BrokenResourceError:
        error = trio.BrokenResourceError("the worker pool was cancelled: stop producing")
        error.__cause__ = self._cause
        self._refusals.append(error)
        return error

    @trio.lowlevel.enable_ki_protection
    async def _drain(self) -> None:
        if self._state is PoolState.OPEN:
            self._state = _DRAINING
            for task in [task for task in self._waiting if not self._is_own(task)]:
                self._stop_waiting(task)
                trio.lowlevel.reschedule(task, outcome.Error(self._closed_error()))
            if self._room == self._capacity:
                self._end()
                return
        # In a pool that was broken while the body ended, this raises `trio.Cancelled`.
        await self._drained.wait()

    def _end(self) -> None:
        self._state = _CLOSED
        self._drained.set()
        while self._idle:
            trio.lowlevel.reschedule(self._idle.popitem()[0])

    @trio.lowlevel.enable_ki_protection
    def _break(self, exc: BaseException) -> None:
        if self._state is not _BROKEN:
            self._state = _BROKEN
            self._cause = None if is_cancellation(exc) else exc
            self._leftover = list(self._queue)
            self._queue.clear()
            # Producers inside the block are cancelled here and now, and stop waiting; the others are told.
            self._nursery.cancel_scope.cancel(reason=f"the worker pool was cancelled by {type(exc).__name__}")
            while self._waiting:
                task = next(iter(self._waiting))
                self._stop_waiting(task)
                trio.lowlevel.reschedule(task, outcome.Error(self._broken_error()))

    @trio.lowlevel.enable_ki_protection
    def _close(self) -> None:
        self._state = _CLOSED
        in_hand = sorted((slot for slot in self._slots if slot.number), key=lambda slot: slot.number)
        self.returned = [slot.job for slot in in_hand] + self._leftover
        self._slots.clear()
        self._room = self._capacity
        self._cause = None  # the exceptions lead back to this pool through their tracebacks
        self._refusals.clear()
        del self._home, self._manager
