"""A cancel sweep on the real clock, for calls that wait for threads or servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import final

import trio

from ..deliveries import Deliveries
from .base import ensure

__all__ = ["sweep_in_real_time"]


@final
class _CancelAt(trio.abc.Instrument):
    """Cancels a scope before a step of the tasks in it, or while all of them wait."""

    def __init__(self, point: int, scope: trio.CancelScope) -> None:
        self._left = point
        self._scope = scope
        self._root = trio.lowlevel.current_task()
        self.deliveries = Deliveries()
        self._pass()

    @property
    def done(self) -> bool:
        """Whether the point was reached."""
        return self._left < 0

    def _pass(self) -> None:
        if self._left == 0:
            self.deliveries.active = True
            self._scope.cancel(reason="cancelled by the contract")
        self._left -= 1

    def _owns(self, task: trio.lowlevel.Task | None) -> bool:
        while task is not None and task is not self._root:
            task = task.parent_nursery.parent_task if task.parent_nursery is not None else None
        return task is not None

    def task_scheduled(self, task: trio.lowlevel.Task) -> None:
        """Note a cancellation on its way into a task."""
        if self.deliveries.active and self._owns(task):
            self.deliveries.look(task)

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """Note a task that was cancelled, and returned all the same."""
        if self.deliveries.active and self._owns(task):
            self.deliveries.exited(task)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count a step."""
        if self._owns(task):
            self._pass()

    def before_io_wait(self, timeout: float) -> None:
        """Count a moment in which all tasks wait."""
        if trio.lowlevel.current_statistics().tasks_runnable:
            return
        self._pass()
        if trio.lowlevel.current_statistics().tasks_runnable:
            # trio has decided already how long to wait for I/O; this ends the wait.
            trio.lowlevel.current_trio_token().run_sync_soon(lambda: None)


async def sweep_in_real_time(
    call: Callable[[], Awaitable[object]],
    *,
    before: Callable[[], Awaitable[object]],
    after: Callable[[bool], Awaitable[object]],
    max_points: int | None,
) -> int:
    """Cancel ``call()`` at each of its points, one after the other, in the same run.

    A virtual clock spins while a thread is at work, so `cancel_sweep` would find thousands of points in one
    query, and others each time. Here each wait is one point.

    Args:
      call: What is cancelled.
      before: Awaited before each call, to put things in order for it.
      after: Awaited after each call, to look at what came of it; told whether the call returned.
      max_points: Points to try at most; None tries all.

    Returns:
      How many points were tried.
    """
    point = 0
    while max_points is None or point < max_points:
        await before()
        returned = False
        scope = trio.CancelScope()
        watch = _CancelAt(point, scope)
        with scope:
            trio.lowlevel.add_instrument(watch)
            try:
                await call()
                returned = True
            finally:
                trio.lowlevel.remove_instrument(watch)
        lost = watch.deliveries.swallowed(got_out=scope.cancelled_caught)
        ensure(lost is None, "a cancellation goes on to the caller", f"it was swallowed at {lost}")
        await after(returned)
        point += 1
        if not watch.done:
            break
    return point
