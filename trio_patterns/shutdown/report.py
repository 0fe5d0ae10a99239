"""What a shutdown did, and where the tasks stood that it had to cut off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from signal import Signals

import trio

from .._core.frames import place_of_task

__all__ = ["CutOffTask", "ShutdownReport", "describe", "locate"]

#: How many places a log line names before it only counts.
_MANY = 10


@dataclass(frozen=True, slots=True)
class CutOffTask:
    """A task that was cancelled because it did not end in time, and the place where it stood.

    The place is the innermost line of your own code that was waiting, not the line inside trio.
    """

    name: str
    """The task's name, as given to ``start_soon``; ``(body)`` marks the body of the block."""
    file: str
    """Path of the source file, as Python knows it."""
    line: int
    """Line number in the file, from 1."""
    function: str
    """Name of the function that the line belongs to."""

    def __str__(self) -> str:
        return f"{self.name} at {self.file}:{self.line} in {self.function}"


@dataclass(frozen=True, slots=True)
class ShutdownReport:
    """How a graceful nursery ended. ``str(report)`` is a sentence for the log."""

    reason: str | None
    """Why it ended: the reason of the shutdown, or what failed; None if all tasks just finished."""
    duration: float
    """Seconds from the beginning of the shutdown to the end of the block; 0.0 if there was none."""
    finished: int
    """How many tasks, the body among them, ended by themselves, before the shutdown or during it."""
    clean: bool
    """Whether every task ended by itself: nothing was cut off, nothing failed."""
    forced: bool
    """Whether a second signal cut tasks off before the grace period was over."""
    overran: tuple[CutOffTask, ...]
    """The tasks that were cut off, in the order in which they started; the body is the first."""
    signal: Signals | None = None
    """The signal that began the shutdown, if one did; see the docs page for the exit status."""

    def __str__(self) -> str:
        state = "clean" if self.clean else "forced" if self.forced else "not clean"
        why = f" ({self.reason})" if self.reason is not None else ""
        text = f"{state} end{why} after {self.duration:.2f} s: {self.finished} finished"
        if self.overran:
            text += f", {len(self.overran)} cut off: {_listing(str(task) for task in self.overran)}"
        return text


def locate(name: str, task: trio.lowlevel.Task) -> CutOffTask:
    """Find where ``task`` stands."""
    place = place_of_task(task)
    if place is None:
        return CutOffTask(name, "?", 0, "?")
    return CutOffTask(name, place.file, place.line, place.function)


def _listing(items: Iterable[str]) -> str:
    """Join equal items with their count, and the first few different ones."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    named = [item if count == 1 else f"{item} (x {count})" for item, count in counts.items()]
    more = len(named) - _MANY
    return ", ".join(named[:_MANY]) + (f", and {more} more" if more > 0 else "")


def describe(items: Iterable[object]) -> str:
    """Return the count and the names (or places) of tasks, for a log line."""
    texts = [str(item) for item in items]
    if not texts:
        return "no task left"
    return f"{len(texts)} task{'s' if len(texts) != 1 else ''} left: {_listing(texts)}"
