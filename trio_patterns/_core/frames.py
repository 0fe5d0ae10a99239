"""Where a task stands: the line of your own code, not the one inside trio that it waits in."""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType

import trio

__all__ = ["Place", "module_of", "own_frame", "place_of", "place_of_task"]

#: Packages whose frames say how a task waits, not what it was doing.
PLUMBING = frozenset({"contextlib", "outcome", "trio", "trio_patterns", "trio_util"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code."""

    file: str
    line: int
    function: str

    @property
    def source(self) -> str:
        """The text of the line, without indentation; empty if the file can't be read."""
        try:
            return linecache.getline(self.file, self.line).strip()
        except ValueError:  # a NUL, or half of a surrogate pair: code may be compiled under any name
            return ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


def module_of(frame: FrameType) -> str:
    """Return the name of the module that a frame's code belongs to."""
    module: object = frame.f_globals.get("__name__")
    return module if isinstance(module, str) else ""


def own_frame(frames: Iterable[tuple[FrameType, int]]) -> tuple[FrameType, int] | None:
    """Return the innermost of your frames (outermost come first), or else the outermost of the plumbing."""
    own: tuple[FrameType, int] | None = None
    plumbing: tuple[FrameType, int] | None = None
    for frame, line in frames:
        if module_of(frame).partition(".")[0] not in PLUMBING:
            own = frame, line
        elif plumbing is None or module_of(plumbing[0]).startswith("trio_patterns."):
            plumbing = frame, line  # trio's, rather than the wrapper that the library puts around tasks
    return own or plumbing


def place_of(frames: Iterable[tuple[FrameType, int]]) -> Place | None:
    """Return the line of yours that a stack of frames stands at, or None if none is Python code."""
    found = own_frame(frames)
    if found is None:
        return None  # a coroutine of Cython's, for instance
    frame, line = found
    return Place(frame.f_code.co_filename, line, frame.f_code.co_name)


def place_of_task(task: trio.lowlevel.Task) -> Place | None:
    """Return where ``task`` waits, or None if that is no Python code."""
    return place_of(task.iter_await_frames())
