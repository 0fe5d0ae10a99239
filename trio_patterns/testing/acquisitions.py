"""Where each lock, semaphore and limiter was taken, and by whom. Slow: for one run, that of the report."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, final

import trio

from .._core.frames import Place, place_of

__all__ = ["Acquisitions"]


def _code(fn: Any) -> CodeType:
    code: CodeType = fn.__code__
    return code


_TAKES = {
    _code(trio.Lock.acquire_nowait),
    _code(trio.Semaphore.acquire_nowait),
    _code(trio.CapacityLimiter.acquire_on_behalf_of_nowait),
}
_GIVES = {
    _code(trio.Lock.release),
    _code(trio.Semaphore.release),
    _code(trio.CapacityLimiter.release_on_behalf_of),
}
_BOTH = _TAKES | _GIVES


@final
class Acquisitions:
    """Records who has taken what. trio knows the owner of a lock, not the line; of a semaphore neither."""

    def __init__(self) -> None:
        # {id of the object: {task: places}}; the objects live at least as long as a task waits for them.
        self._taken: dict[int, dict[trio.lowlevel.Task, list[Place | None]]] = {}

    @contextmanager
    def recording(self) -> Generator[None]:
        """Record what this thread does."""
        before = sys.getprofile()
        sys.setprofile(self._on_call)
        try:
            yield
        finally:
            sys.setprofile(before)

    # Python traces nothing while it runs a profile function, so that coverage does not see it.
    def _on_call(self, frame: FrameType, event: str, arg: object) -> None:  # pragma: no cover
        if event != "call" or frame.f_code not in _BOTH or not trio.lowlevel.in_trio_task():
            return
        taken = self._taken.setdefault(id(frame.f_locals["self"]), {})
        task = trio.lowlevel.current_task()
        if frame.f_code in _TAKES:
            # Also where it has to wait first: then it gets the object from whoever releases it.
            taken.setdefault(task, []).append(place_of(reversed(list(_outwards(frame)))))
        elif taken.get(task):
            taken[task].pop()

    def holders(self, what: object) -> dict[trio.lowlevel.Task, list[Place | None]]:
        """Return who has asked for ``what``, and where; of a task that waits, the last is pending."""
        return {task: places for task, places in self._taken.get(id(what), {}).items() if places}


def _outwards(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:  # pragma: no cover - see _on_call
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back
