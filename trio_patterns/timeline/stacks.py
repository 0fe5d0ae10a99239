"""What a blocked task waits on, and the lines that led there: told from its stack, once for each stack."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from functools import partial
from types import CoroutineType, FrameType
from typing import cast, final

import trio

from .._core.frames import PLUMBING, Place, module_of, own_frame
from .model import Category

__all__ = [
    "Stacks",
    "Waiting",
    "has_begun",
    "is_plumbing",
    "is_trios_loop",
    "is_trios_own",
    "public_name",
    "slept_enough",
]

#: Stacks that are remembered; a program has a few dozen.
REMEMBERED = 4096
#: Lines of yours that are kept of a stack, the innermost ones.
DEEPEST = 16

#: Modules in which a task waits, and what for; the innermost one counts.
_MODULES: dict[str, Category] = {
    "trio._timeouts": "sleep",
    "trio._channel": "channel",
    "trio._core._unbounded_queue": "channel",
    "trio._threads": "thread",
    "trio_patterns.spawning.executors": "thread",
    "trio._socket": "socket",
    "trio._highlevel_socket": "socket",
    "trio._ssl": "socket",
    "trio._dtls": "socket",
    "trio._unix_pipes": "process",
    "trio._windows_pipes": "process",
    "trio._signals": "other",
    "trio._subprocess": "process",
    "trio._subprocess_platform.waitid": "process",
    "trio._subprocess_platform.kqueue": "process",
    "trio._subprocess_platform.windows": "process",
}
#: Functions that say more than their module.
_FUNCTIONS: dict[str, Category] = {
    "Nursery._nested_child_finished": "tasks",
    "Event.wait": "event",
    "Condition.wait": "event",
    "Semaphore.acquire": "lock",
    "_LockImpl.acquire": "lock",
    "CapacityLimiter.acquire_on_behalf_of": "lock",
}
#: What a lock is called depends on the class that inherits it; the name in the code is trio's own affair.
_SPOKEN = {
    "_LockImpl.acquire": "Lock.acquire",
    "CapacityLimiter.acquire_on_behalf_of": "CapacityLimiter.acquire",
    "Nursery._nested_child_finished": "its tasks",
}
#: The innermost functions of waits, which say nothing.
_INNERMOST = {"trio._core._traps", "trio._core._parking_lot"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait, as it is told from a stack."""

    category: Category
    label: str
    stack: tuple[Place, ...]


@final
class Stacks:
    """Reads the stacks of blocked tasks; equal ones give the same object."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Waiting] = {}

    def of(self, task: trio.lowlevel.Task) -> Waiting:
        """Return what ``task``, which must not be running, waits on."""
        frames = list(task.iter_await_frames())
        # One function may be called from many modules with the same code: code and line tell all of it.
        key: tuple[object, ...] = tuple(part for frame, line in frames for part in (frame.f_code, line))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = _read(frames)
        if known.category == "thread" and (name := _thread_function(frames)):
            return Waiting("thread", name, known.stack)
        return known


def is_trios_loop(frame: FrameType) -> bool:
    """Tell whether a frame is the one of trio's loop, below which a task takes its step."""
    return frame.f_code.co_name == "unrolled_run" and module_of(frame) == "trio._core._run"


def is_plumbing(frame: FrameType) -> bool:
    """Tell whether a frame is trio's, this library's or of the like, rather than yours."""
    return module_of(frame).partition(".")[0] in PLUMBING


def _read(frames: list[tuple[FrameType, int]]) -> Waiting:
    own = [(frame, line) for frame, line in frames if not is_plumbing(frame)]
    called = frames[frames.index(own[-1]) + 1 :] if own else frames
    if not own and (nearest := own_frame(frames)) is not None:
        own = [nearest]
    places = tuple(
        Place(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in own[-DEEPEST:]
    )
    plumbing = [frame for frame, _ in called]
    if own and any(_leaves_a_block(frame) for frame in plumbing):
        return Waiting("tasks", "its tasks", places)
    return Waiting(_category(plumbing), _label(plumbing), places)


def _leaves_a_block(frame: FrameType) -> bool:
    """Tell whether a frame waits at the end of one of the library's ``async with`` blocks."""
    return frame.f_code.co_name == "__aexit__" and module_of(frame).startswith("trio_patterns.")


def _category(plumbing: list[FrameType]) -> Category:
    for frame in reversed(plumbing):
        category = _FUNCTIONS.get(frame.f_code.co_qualname) or _MODULES.get(module_of(frame))
        if category is not None:
            return category
    modules = [module_of(frame) for frame in plumbing]
    # A process is waited for through a file descriptor as well, so that comes last.
    if any(module.startswith("trio._core._io_") for module in modules):
        return "socket"
    # The library has parked the task until another one wakes it.
    return "event" if any(module.startswith("trio_patterns.") for module in modules) else "other"


def _label(plumbing: list[FrameType]) -> str:
    """Return the function that your code called, or that the library calls in a task of its own."""
    names = [
        _spoken(frame)
        for frame in plumbing
        if module_of(frame).startswith("trio") and module_of(frame) not in _INNERMOST
    ]
    names += ["a signal" for frame in plumbing if module_of(frame) == "trio._signals"]
    return next(filter(None, names), "")


def _spoken(frame: FrameType) -> str:
    """Return the name of a function as its callers write it, or nothing if it is not for them to call."""
    if (spoken := _SPOKEN.get(frame.f_code.co_qualname)) is not None:
        return spoken
    return public_name(frame)


def public_name(frame: FrameType) -> str:
    """Return ``gather`` or ``JoinSet.spawn``; the method alone if only the library knows the class."""
    name = frame.f_code.co_qualname.partition(".<locals>")[0]
    if any(part.startswith("_") for part in name.split(".")):
        return ""
    family = sys.modules.get(".".join(module_of(frame).split(".")[:2]))
    owner, _, method = name.partition(".")
    is_ours = module_of(frame).startswith("trio_patterns.")
    return method if method and is_ours and not hasattr(family, owner) else name


def _thread_function(frames: list[tuple[FrameType, int]]) -> str:
    for frame, _ in reversed(frames):
        if frame.f_code.co_name == "to_thread_run_sync":
            function: object = frame.f_locals.get("sync_fn")
            while isinstance(function, partial):
                function = cast("partial[object]", function).func
            # Anything else that can be called may do anything when it is asked for an attribute.
            named = inspect.isroutine(function) or isinstance(function, type)
            return str(getattr(function, "__qualname__", "")).rpartition(".")[2] if named else ""
    return ""


def has_begun(task: trio.lowlevel.Task) -> bool:
    """Tell whether a task has taken its first step; before that its stack says nothing."""
    coroutine: object = task.coro
    # One of Cython's, whatever its type says, has no state to ask for.
    return not isinstance(coroutine, CoroutineType) or inspect.getcoroutinestate(coroutine) != "CORO_CREATED"


def is_trios_own(task: trio.lowlevel.Task) -> bool:
    """Tell whether a task belongs to trio's engine, such as the one that runs what other threads hand in."""
    frame = getattr(task.coro, "cr_frame", None)
    if not isinstance(frame, FrameType) or frame.f_code.co_name == "python_wrapper":
        return False  # what Cython has made has no frame, and trio wraps it into one of its own
    return module_of(frame).startswith("trio._core.")


def slept_enough(task: trio.lowlevel.Task, now: float) -> bool:
    """Tell whether a task that was woken from a sleep has reached its end.

    trio ends a sleep by a deadline, so on the inside it looks like a cancellation.
    """
    for frame, _ in task.iter_await_frames():
        if frame.f_code.co_name == "sleep_until" and module_of(frame) == "trio._timeouts":
            until: object = frame.f_locals.get("deadline")
            return isinstance(until, int | float) and until <= now
    return False
