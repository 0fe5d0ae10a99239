"""How a join set starts its tasks and learns of their ends; `JoinSet` adds what users call."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Awaitable
from contextvars import Context, copy_context
from math import inf
from typing import Any, NamedTuple, TypeVar, cast

import trio

from .._core.groups import (
    is_cancellation,
    note_replaced_cancellations,
    open_unwrapping_nursery,
    raise_unwrapped,
)
from .._core.limiter import Limiter
from .calls import close
from .task_handle import (
    CANCELLED,
    FAILED,
    FINISHED,
    TaskHandle,
    TaskLink,
    handle_of,
    link_to,
    run_cancellable,
    settle_with,
)

__all__ = ["JoinSetCore"]

T = TypeVar("T")


class _Queued(NamedTuple):
    """A task that waits for its turn. It starts in its spawner's context, whoever starts it then."""

    awaitable: Awaitable[Any]
    link: TaskLink
    name: object
    context: Context


class _Withdrawal:
    """What `TaskHandle.cancel` calls while the task waits for its turn."""

    __slots__ = ("_index", "_tasks")

    def __init__(self, tasks: JoinSetCore, index: int) -> None:
        self._tasks = tasks
        self._index = index

    def cancel(self, reason: str | None = None) -> None:
        self._tasks._withdraw(self._index, reason)


class JoinSetCore:
    """The mechanics of a join set."""

    # Tasks run in an inner nursery, opened by a task of its own, the host. So `cancel_running` can cancel
    # them by one scope, without a scope for each task and without cancelling the body of the `async with`,
    # which sits in the outer nursery. A cancelled nursery stays cancelled; the next spawn opens another.
    def __init__(self, outer: trio.Nursery, limit: int | Limiter | None) -> None:
        self._outer = outer
        self._limit: float = limit if isinstance(limit, int) else inf
        self._limiter = None if isinstance(limit, int) else limit
        self._nursery: trio.Nursery | None = None
        # The nursery, while a task that is spawned now may start at once; asked on every spawn.
        self._open: trio.Nursery | None = None
        self._opening = False
        self._hosts = trio.lowlevel.ParkingLot()
        self._queue: OrderedDict[int, _Queued] = OrderedDict()
        # Ended and not yet given out, each with its place in spawn order. Handles wait here instead of in a
        # channel: nobody has to be woken for each of them, only who is parked.
        self._done: deque[tuple[int, TaskHandle[Any]]] = deque()
        self._spawned = self._running = self._given = 0
        self._takers = trio.lowlevel.ParkingLot()  # wait for the next handle
        self._watchers = trio.lowlevel.ParkingLot()  # wait for all tasks, or for the first failure
        self._spent = 0  # handles given out since the last checkpoint
        self._waiting = 0  # how many are parked in these two; spares each task two questions
        self._closing = self._closed = False

    # Starting

    def _start_or_queue(self, awaitable: Awaitable[T], name: object) -> TaskHandle[T]:
        """Start a task, or queue it if it has to wait for its turn."""
        handle: TaskHandle[T] = TaskHandle(name)
        link = link_to(handle)
        index = self._spawned
        self._spawned = index + 1
        if self._open is not None and self._running < self._limit and not self._queue:
            self._running += 1
            self._open.start_soon(self._run, awaitable, link, index, name, name=name)
            return handle
        handle._canceller = _Withdrawal(self, index)
        self._queue[index] = _Queued(awaitable, link, name, copy_context())
        if self._limiter is not None:
            self._hosts.unpark_all()
        if self._nursery is None and not self._opening:
            self._opening = True
            self._outer.start_soon(self._host)
        return handle

    async def _host(  # noqa: ASYNC114
        self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep a nursery for tasks open, until the set closes or `cancel_running` cancels it."""
        async with open_unwrapping_nursery() as nursery:
            self._nursery = nursery
            self._opening = False
            task_status.started()
            if self._limiter is not None:
                await self._dispatch(nursery, self._limiter)
            else:
                await trio.lowlevel.checkpoint_if_cancelled()
                self._open = nursery
                while not self._closed:
                    self._start_queued()
                    await self._hosts.park()

    async def _dispatch(self, nursery: trio.Nursery, limiter: Limiter) -> None:
        """Start queued tasks, each once the shared limiter has a token for it."""
        while not self._closed:
            if not self._queue:
                await self._hosts.park()
                continue
            borrower = object()
            await limiter.acquire_on_behalf_of(borrower)
            if self._queue:
                self._start_first(nursery, self._run_with_token, borrower)
            else:  # withdrawn while we waited
                limiter.release_on_behalf_of(borrower)

    def _start_queued(self) -> None:
        while self._queue and self._running < self._limit and self._open is not None:
            self._start_first(self._open, self._run)

    def _start_first(self, nursery: trio.Nursery, run: Any, *args: object) -> None:
        index, (awaitable, link, name, context) = self._queue.popitem(last=False)
        handle = handle_of(link)
        if handle is not None:
            handle._canceller = None
        self._running += 1
        context.run(nursery.start_soon, run, awaitable, link, index, name, *args, name=name)

    # Running

    async def _run(self, awaitable: Awaitable[T], link: TaskLink, index: int, name: object) -> None:
        handle = handle_of(link)
        try:
            if handle is None:
                handle = TaskHandle(name, FINISHED, await awaitable)
            else:
                await run_cancellable(handle, awaitable)
        except Exception as exc:
            if handle is None:
                handle = TaskHandle[Any](name)
            note_replaced_cancellations(exc)
            handle._settle(FAILED, exc)
        except BaseException as exc:  # noqa: ASYNC103  (what was not stored goes on)
            if handle is None:
                handle = TaskHandle[Any](name)
            rest = settle_with(handle, exc)
            if rest is not None and not is_cancellation(rest):
                # On its own it would reach the body only once the other tasks have cleaned up.
                self._outer.cancel_scope.cancel(f"a task of the join set raised {type(rest).__name__}")
            if rest is exc:
                raise
            if rest is not None:
                raise_unwrapped(cast("BaseExceptionGroup[BaseException]", rest))
        finally:
            assert handle is not None
            self._ended(index, handle)
            # A stored exception has this frame in its traceback. Without this it would hold the handle,
            # which holds the exception: garbage that only the cycle collector finds.
            del handle, link

    async def _run_with_token(
        self, awaitable: Awaitable[T], link: TaskLink, index: int, name: object, borrower: object
    ) -> None:
        try:
            await self._run(awaitable, link, index, name)
        finally:
            cast("Limiter", self._limiter).release_on_behalf_of(borrower)

    def _ended(self, index: int, handle: TaskHandle[Any]) -> None:
        self._running -= 1
        self._done.append((index, handle))
        if self._queue:
            if trio.current_effective_deadline() == -inf:
                # Perhaps the whole set is being cancelled, then queued tasks shall not start just to be
                # cancelled; perhaps only this task is. The host knows: it gets its turn or is cancelled too.
                self._hosts.unpark_all()
            else:
                self._start_queued()
        if self._waiting:
            self._wake(handle._status != FINISHED)

    def _wake(self, bad_news: bool) -> None:
        if self._takers:
            self._takers.unpark()
        if bad_news or self._idle:
            self._watchers.unpark_all()
        if self._closing and self._idle:
            self._close()

    @property
    def _idle(self) -> bool:
        """Whether no task runs or waits for its turn."""
        return not self._running and not self._queue

    def _close_when_idle(self) -> None:
        """Close once every task has ended; until then tasks of the set may spawn more."""
        self._closing = True
        self._waiting += 1
        if self._idle:
            self._close()

    def _close(self) -> None:
        """Accept no more tasks, and let the hosts go."""
        self._closed = True
        self._hosts.unpark_all()

    # Collecting

    async def _wait(self, lot: trio.lowlevel.ParkingLot) -> None:
        """Park in one of the two lots."""
        self._waiting += 1
        try:
            await lot.park()
        finally:
            self._waiting -= 1

    def _give(self) -> TaskHandle[Any]:
        """Take the handle of the task that ended first; it is the caller's now."""
        _, handle = self._done.popleft()
        self._given += 1
        if self._given == self._spawned:
            self._takers.unpark_all()  # there is no next one: they return None
        return handle

    # Cancelling

    def _withdraw(self, index: int, reason: str | None) -> None:
        """Cancel a task that waits for its turn: it never starts."""
        awaitable, link, name, _ = self._queue.pop(index)
        close(awaitable)
        handle = handle_of(link) or TaskHandle[Any](name)
        handle._settle(CANCELLED, reason)
        self._done.append((index, handle))
        self._wake(bad_news=True)

    def _cancel_running(self, reason: str | None) -> None:
        """Cancel every task."""
        for index in list(self._queue):
            self._withdraw(index, reason)
        if self._running and self._nursery is not None:
            self._nursery.cancel_scope.cancel(reason)
            self._nursery = self._open = None
