"""`JoinSet`: tasks that fail one by one, collected in the order in which they end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar, TypeVarTuple, Unpack, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.groups import raise_unwrapped
from .calls import is_plain_async, start_in_copied_context
from .join_set_core import JoinSetCore
from .task_handle import FAILED, FINISHED, SEEN, TaskHandle

__all__ = ["JoinSet", "raise_failures"]

T = TypeVar("T")
PosArgsT = TypeVarTuple("PosArgsT")


@final
class JoinSet(JoinSetCore):
    """A set of tasks that grows and shrinks, made by `open_join_set`.

    A failing task does not touch its siblings: its handle says how it failed. Handles come out of the set in
    the order in which the tasks ended. Each comes out exactly once, also if you have kept the one that
    `spawn` returned and have joined it already. A handle that came out is yours, and so is the failure in
    it.

    ``len(tasks)`` is the number of tasks spawned and not yet joined, that is, of the handles still to come.
    """

    def __len__(self) -> int:
        return self._spawned - self._given

    def __bool__(self) -> bool:
        # `if tasks:` asks whether there is a join set at all; `len(tasks)` asks for tasks.
        return True

    def __repr__(self) -> str:
        return f"<JoinSet {self._running} running, {len(self._queue)} queued, {len(self._done)} to collect>"

    def spawn(
        self,
        fn: Callable[[Unpack[PosArgsT]], Awaitable[T]],
        *args: *PosArgsT,
        name: object = None,
    ) -> TaskHandle[T]:
        """Start a task, or let it wait for its turn if ``limit`` tasks run. Never blocks.

        Args:
          fn: An async function.
          args: Positional arguments of ``fn``; for keyword arguments use `functools.partial`.
          name: The task's name, a str or an object with a ``__qualname__``. Default: ``fn``.

        Returns:
          The task's handle, the same one that comes out of the set when the task has ended. Keep it only if
          you want to cancel or join this one task: see `TaskHandle` for what that costs.

        Raises:
          TypeError: if ``fn`` is not an async function, or ``args`` don't fit it.
          trio.ClosedResourceError: if the block of the join set has ended.

        Ordering:
          Tasks that wait for their turn start in spawn order. Otherwise tasks start in no defined order.
        """
        if self._closed:
            raise trio.ClosedResourceError("this join set is closed: its block has ended")
        if name is None:
            name = fn
        if is_plain_async(fn):
            return self._start_or_queue(fn(*args), name)
        return start_in_copied_context(self._start_or_queue, fn, args, name)

    async def join_next(self) -> TaskHandle[Any] | None:
        """Wait for the task that ends next.

        Tasks that have ended already come first, in the order in which they ended.

        Returns:
          The task's handle, or None if the set is empty.

        Cancellation:
          Loses no handle. Takes a handle that is there already without yielding, but passes a checkpoint at
          the latest every 128 calls.
        """
        # `CheckpointBudget.checkpoint`, without the cost of a coroutine of its own for each handle.
        self._spent += 1
        if self._spent >= CHECKPOINT_BUDGET:
            self._spent = 0
            await trio.lowlevel.checkpoint()
        while not self._done:
            if self._given == self._spawned:
                return None
            await self._wait(self._takers)
            self._spent = 0
        return self._give()

    def join_next_nowait(self) -> TaskHandle[Any] | None:
        """Return the handle of a task that has ended.

        Returns:
          The handle, or None if the set is empty.

        Raises:
          trio.WouldBlock: if there are tasks, but all of them are still at work.
        """
        if self._done:
            return self._give()
        if self._given == self._spawned:
            return None
        raise trio.WouldBlock

    def __aiter__(self) -> JoinSet:
        """Iterate over handles as `join_next` gives them, until the set is empty."""
        return self

    async def __anext__(self) -> TaskHandle[Any]:
        """Return what `join_next` returns, or end the iteration."""
        handle = await self.join_next()
        if handle is None:
            raise StopAsyncIteration
        return handle

    async def join_all(self) -> list[Any]:
        """Wait for all tasks that have not been joined, and return what they returned.

        The first failure cancels the rest, also the tasks that wait for their turn, and is raised once they
        have ended. A task that was cancelled alone leaves a hole in the list, so it counts as a failure.

        Returns:
          List of values, in spawn order. Tasks spawned meanwhile are among them.

        Raises:
          BaseException: the failure of a task, or an `ExceptionGroup` if several have failed.
          TaskCancelled: if none has failed, but one was cancelled.

        Cancellation:
          Ends the waiting only: the handles stay in the set.
        """
        await trio.lowlevel.checkpoint()
        while not self._idle:
            if any(handle._status != FINISHED for _, handle in self._done):
                self._cancel_running("another task of the same join_all() has failed")
            if not self._idle:
                await self._wait(self._watchers)
        ended = sorted(self._done, key=lambda entry: entry[0])
        failures: list[BaseException] = [
            handle._payload for handle in self._take_all() if handle._status in (FAILED, SEEN)
        ]
        if failures:
            raise_failures(failures)
        return [handle.result() for _, handle in ended]

    def cancel_all(self, reason: str | None = None) -> None:
        """Cancel every task, running or waiting for its turn; what is spawned later is not affected.

        It returns at once. The handles come out of the set as usual, once the tasks have cleaned up.

        Args:
          reason: What you want to read in `trio.Cancelled` and in `TaskCancelled`.
        """
        self._cancel_running(reason)

    async def shutdown(self) -> list[TaskHandle[Any]]:
        """Cancel every task, wait until all have ended, and collect them.

        The set can be used again afterwards.

        Returns:
          List of all handles that were still in the set, in the order in which the tasks ended. Failures
          are in there: look at them, for they count as collected.

        Cancellation:
          The tasks have been cancelled by then. No handle is lost.
        """
        self._cancel_running("the join set is being shut down")
        await trio.lowlevel.checkpoint()
        while not self._idle:
            await self._wait(self._watchers)
        return self._take_all()

    def _take_all(self) -> list[TaskHandle[Any]]:
        return [self._give() for _ in range(len(self._done))]


def raise_failures(errors: list[BaseException]) -> NoReturn:
    """Raise a single exception as itself, several as a group."""
    raise_unwrapped(BaseExceptionGroup("several tasks of a join set failed", errors))
