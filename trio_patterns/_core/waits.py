"""What a blocked task waits for: a lock, a channel, an event, its tasks, a thread, the world outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Literal

import trio

from .frames import Place, module_of, place_of
from .scheduler_door import lock_awaited

__all__ = ["Wait", "wait_of"]

Kind = Literal["memory", "tasks", "time", "idle", "outside"]

#: Modules of trio in which a task waits for something that only a task of the same run can bring about.
_MEMORY = {"trio._core._parking_lot", "trio._core._unbounded_queue"}
#: Functions of trio that say by themselves what their caller waits for.
_TELLING: dict[tuple[str, str], tuple[Kind, str]] = {
    ("trio._core._run", "_nested_child_finished"): ("tasks", "its tasks to end"),
    ("trio._core._run", "wait_all_tasks_blocked"): ("idle", "all tasks to wait"),
    ("trio._timeouts", "sleep_until"): ("time", "its time"),
}
#: Of this library, every wait but this one, whose other side is a pool of threads, processes or machines.
_EXECUTORS = "trio_patterns.spawning.executors"


@dataclass(frozen=True, slots=True)
class Wait:
    """What one task waits for."""

    kind: Kind
    """Who can end it: a task of this run, the end of tasks, time, idleness, or something outside."""
    text: str
    """In words, such as ``trio.Lock``."""
    what: Any
    """The object that it waits for, or None."""
    place: Place | None
    """The line of your code that waits."""


def _innermost(frames: list[tuple[FrameType, int]]) -> Iterator[FrameType]:
    """Yield the frames that belong to trio or this library, innermost first, up to the first of yours."""
    for frame, _ in reversed(frames):
        if module_of(frame).partition(".")[0] not in {"trio", "trio_patterns"}:
            return
        yield frame


def wait_of(task: trio.lowlevel.Task) -> Wait:
    """Return what ``task``, which must not be running, waits for.

    It is told from the functions on the task's stack. A wait that is in none of the known places counts as
    one for something outside: whoever judges a standstill must not call that one.
    """
    frames = list(task.iter_await_frames())
    place = place_of(frames)
    modules: set[str] = set()
    forever = False
    for frame in _innermost(frames):
        module, name = module_of(frame), frame.f_code.co_name
        this = frame.f_locals.get("self")
        if (told := _TELLING.get((module, name))) is not None:
            return Wait(*told, this, place)
        if module == "trio._threads":
            return Wait("outside", "a thread", None, place)
        if module == "trio._signals":
            return Wait("outside", "a signal", None, place)
        if module in {"trio._sync", "trio._channel"} and this is not None:
            if isinstance(this, trio.Condition):
                this = lock_awaited(task, this) or this
            return Wait("memory", _named(this), this, place)
        forever = forever or name == "sleep_forever"
        modules.add(module)
    if forever:
        return Wait("memory", "nothing, for ever", None, place)
    # A parking lot of trio's, or a task that the library itself has parked.
    ours = {module for module in modules if module.startswith("trio_patterns.")}
    if _EXECUTORS not in ours and (modules & _MEMORY or (ours and modules - ours <= {"trio._core._traps"})):
        return Wait("memory", "another task", None, place)
    return Wait("outside", "something outside", None, place)


def _named(owner: object) -> str:
    name = f"trio.{type(owner).__name__}"
    match owner:
        case trio.MemoryReceiveChannel():
            return f"an item from a {name}"
        case trio.MemorySendChannel():
            return f"room in a {name}"
        case _:
            return f"a {name}"
