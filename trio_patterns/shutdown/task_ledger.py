"""Which tasks of a graceful nursery run, which have finished, and which were cut off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import final

import trio

from .._core.arguments import check_awaitable
from .report import CutOffTask, locate

__all__ = ["TaskLedger"]


@final
class TaskLedger:
    """Counts the tasks of one nursery, the body of its block among them, each of them once."""

    def __init__(self) -> None:
        #: Tasks that ended by themselves in time.
        self.finished = 0
        #: Set when the tasks are being cancelled, by a failure or by the shutdown.
        self.cancelled = trio.Event()
        self._started = 0
        # {task: its number in the order of the calls of start_soon and start}
        self._running: dict[trio.lowlevel.Task, int] = {}
        # Those cut off: they may end by themselves yet, but no longer in time.
        self._late: frozenset[trio.lowlevel.Task] = frozenset()

    def open(self, nursery: trio.Nursery) -> None:
        """Begin: the calling task is the body of the block."""
        self._nursery = nursery
        self._body: trio.lowlevel.Task | None = trio.lowlevel.current_task()

    def end_body(self, *, returned: bool) -> None:
        """Note that the body has ended."""
        assert self._body is not None
        body, self._body = self._body, None
        self._count(body, returned)

    def task(
        self, async_fn: Callable[..., Awaitable[object]], args: tuple[object, ...], **kwargs: object
    ) -> Awaitable[None]:
        """Return what a counted task runs. trio calls it in ``start_soon``, so wrong arguments fail there."""
        awaitable = check_awaitable("async_fn", async_fn, async_fn(*args, **kwargs))
        self._started += 1
        return self._track(awaitable, self._started)

    async def _track(self, awaitable: Awaitable[object], number: int) -> None:
        task = trio.lowlevel.current_task()
        self._running[task] = number
        returned = False
        try:
            await awaitable
            returned = True
        finally:
            del self._running[task]
            # What ends before `started()` is the business of the one who called `start`.
            if task.parent_nursery is self._nursery:
                self._count(task, returned)

    async def service(self, async_fn: Callable[..., Awaitable[object]], args: tuple[object, ...]) -> None:
        """Run a task that is not counted, because it ends as soon as the token is cancelled."""
        try:
            await async_fn(*args)
        except BaseException:
            self.cancelled.set()
            raise

    def _count(self, task: trio.lowlevel.Task, returned: bool) -> None:
        if task in self._late:
            return  # it is in the report already
        if returned:
            self.finished += 1
        else:
            self.cancelled.set()  # it failed or was cancelled, so its siblings are being cancelled

    def left(self) -> list[tuple[str, trio.lowlevel.Task]]:
        """Return name and task of all that still run: the body first, then in the order of their starts."""
        children = sorted(
            self._nursery.child_tasks,
            key=lambda task: self._running.get(task, self._started + 1),  # no first step yet: last
        )
        body = [] if self._body is None else [(f"{self._body.name} (body)", self._body)]
        return body + [(task.name, task) for task in children]

    def where_left(self) -> tuple[CutOffTask, ...]:
        """Return the places where the tasks stand that still run."""
        return tuple(locate(name, task) for name, task in self.left())

    def cut_off(self, reason: str) -> tuple[CutOffTask, ...]:
        """Cancel what still runs, and return where it stood."""
        places = self.where_left()
        self._late = frozenset(task for _, task in self.left())
        self._nursery.cancel_scope.cancel(reason=reason)
        return places

    def close(self) -> None:
        """Let go of the tasks: reports may be kept for long."""
        self._late = frozenset()
