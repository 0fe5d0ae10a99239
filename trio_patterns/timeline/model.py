"""What a recording holds, in plain values: every picture is drawn from this and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .._core.frames import Place

__all__ = [
    "Cancellation",
    "Category",
    "Ending",
    "EndingKind",
    "Mark",
    "NurseryRecord",
    "Recording",
    "Span",
    "State",
    "TaskRecord",
]

State = Literal["running", "waiting"]
#: What a task waits on, coarse enough for a colour.
Category = Literal["sleep", "channel", "lock", "event", "tasks", "thread", "socket", "process", "other"]
EndingKind = Literal["finished", "failed", "cancelled", "open"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a task's life in which it did one thing; never empty."""

    start: float
    """Seconds since the recording began."""
    end: float
    """Later than ``start``."""
    state: State
    """``running`` includes that it was ready to run, and waited for its turn."""
    category: Category | None
    """What it waited on; None if it ran."""
    label: str
    """The same in words: what was called, such as ``Lock.acquire``; empty if it ran."""
    stack: tuple[Place, ...]
    """The lines of your code that led to the wait, outermost first; empty if it ran."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancellation as it reached a waiting task."""

    time: float
    """Seconds since the recording began."""
    source: str
    """Why: ``explicit``, ``deadline``, ``nursery``, ``shutdown``, ``KeyboardInterrupt`` or ``unknown``."""
    reason: str
    """What was given as ``cancel(reason=...)``, or which failure it was; may be empty."""
    by: str
    """The short name of the task that cancelled; empty for a deadline."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended."""

    kind: EndingKind
    """``open``: it still ran when the recording ended. ``cancelled``: with `trio.Cancelled`."""
    text: str
    """The error of a failed task, the reason of a cancelled one; else empty."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark of the program's own."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class NurseryRecord:
    """A nursery, from its first task to its end."""

    label: str
    """The function of the library that opened it, such as ``bounded_map``; ``nursery`` for your own."""
    place: Place | None
    """The line of yours that started its first task."""
    start: float
    end: float
    """When it closed, or the end of the recording."""
    tasks: tuple[TaskRecord, ...]
    """In the order in which they were started."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task, from its start to its end."""

    name: str
    """Short, and numbered where siblings have the same."""
    start: float
    end: float
    """When it ended, or the end of the recording."""
    ending: Ending
    spans: tuple[Span, ...]
    """In order of time. What a full recording has forgotten is missing."""
    steps: tuple[float, ...]
    """The moments at which it ran without taking time, as every task does on a virtual clock."""
    cancellations: tuple[Cancellation, ...]
    marks: tuple[Mark, ...]
    nurseries: tuple[NurseryRecord, ...]
    """Those that it opened, in the order of their first task."""

    def below(self) -> Iterator[TaskRecord]:
        """Yield this task and every one below it, parents first."""
        pending: list[TaskRecord] = [self]  # not by recursion: a program may nest more deeply than that goes
        while pending:
            task = pending.pop()
            yield task
            for nursery in reversed(task.nurseries):
                pending.extend(reversed(nursery.tasks))


@dataclass(frozen=True, slots=True)
class Recording:
    """All that was recorded."""

    duration: float
    """Seconds."""
    virtual: bool
    """Whether the clock was a `trio.testing.MockClock`: what runs takes no time on it."""
    tasks: tuple[TaskRecord, ...]
    """The outermost tasks, the program's first one at the head."""
    dropped: int
    """How many events a full recording has forgotten, the oldest first."""

    def all_tasks(self) -> Iterator[TaskRecord]:
        """Yield every task, parents first."""
        for task in self.tasks:
            yield from task.below()
