"""The injected cancellations that reached a task, and whether one of them got lost there."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast, final

import trio

from .._core.frames import Place, place_of_task
from .._core.groups import GAVE_WAY
from .._core.scheduler_door import has_returned, pending_error, shields_around

__all__ = ["Deliveries", "chain", "forget_frames"]

#: A task that catches every cancellation gets one at each checkpoint; this many tell the story.
MOST = 100


def chain(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception, the members of a group, and all that they were raised from or beside."""
    pending, seen = [exc], set[int]()
    while pending:
        link = pending.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        pending += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            pending += cast("BaseExceptionGroup[BaseException]", link).exceptions


def forget_frames(exc: BaseException | None) -> None:
    """Let go of the local variables that tracebacks hold, so that what the frames owned can be collected."""
    for link in chain(exc):
        traceback.clear_frames(link.__traceback__)


@dataclass(slots=True)
class _Delivery:
    task: trio.lowlevel.Task
    place: Place | None
    error: BaseException
    frame: object


@final
class Deliveries:
    """Notes cancellations as tasks get them, from the moment on at which the whole program is cancelled.

    Whatever their own reason: from then on each has to go all the way, unless a shield stands around it.
    """

    def __init__(self) -> None:
        #: Whether the program is cancelled, and what its tasks do with it is their own doing.
        self.active = False
        self._all: list[_Delivery] = []
        self._kept: _Delivery | None = None

    def look(self, task: trio.lowlevel.Task) -> None:
        """Note it if ``task``, which has just been scheduled, is going to be cancelled."""
        error = pending_error(task)
        if isinstance(error, trio.Cancelled) and len(self._all) < MOST and not shields_around(task):
            frame = getattr(task.coro, "cr_frame", None)
            self._all.append(_Delivery(task, place_of_task(task), error, frame))

    def exited(self, task: trio.lowlevel.Task) -> None:
        """Note it if ``task``, which has just ended, was cancelled and returned all the same."""
        if self._kept is None:
            mine = (delivery for delivery in self._all if delivery.task is task)
            if (delivery := next(mine, None)) is not None and has_returned(task, delivery.frame):
                self._kept = delivery

    def places(self) -> list[tuple[str, Place | None]]:
        """Return name and line of each task that was cancelled, in this order, once each."""
        return list(dict.fromkeys((delivery.task.name, delivery.place) for delivery in self._all))

    def swallowed(self, *, got_out: bool) -> Place | None:
        """Return the line of a cancellation that got lost in its task.

        trio cancels a task again at its next checkpoint. If the first cancellation is still on its way then,
        it is the context of the second: a cleanup was cut short. If not, somebody has caught it for good.
        The same is true if the task returns, and of the last one if nothing ``got_out``.
        """
        last: dict[trio.lowlevel.Task, _Delivery] = {}
        for delivery in self._all:
            before = last.get(delivery.task)
            if before is not None and not _is_on_its_way(delivery.error) and not _gave_way(before.error):
                return before.place
            last[delivery.task] = delivery
        if self._kept is not None and not _gave_way(self._kept.error):
            return self._kept.place
        if got_out or not self._all or any(_gave_way(delivery.error) for delivery in self._all):
            return None
        return self._all[-1].place

    def clear(self) -> None:
        """Forget them, and what their tracebacks hold."""
        for delivery in self._all:
            forget_frames(delivery.error)
        self._all.clear()
        self._kept = None


def _gave_way(error: BaseException) -> bool:
    """Tell whether this library has left a cancellation out for an error beside it, which goes on."""
    return GAVE_WAY in getattr(error, "__notes__", ())


def _is_on_its_way(second: BaseException) -> bool:
    return any(isinstance(link, trio.Cancelled) for link in chain(second.__context__))
