"""What is known of tasks and nurseries while they are recorded. Times are those of the run's clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FrameType
from typing import final

import trio

from .._core.frames import Place
from .model import Cancellation, Ending, Mark
from .stacks import Waiting

__all__ = ["Event", "FirstTask", "NurseryTrack", "Remark", "Stretch", "TaskTrack"]


STILL_THERE = Ending("open", "")


@final
@dataclass(slots=True, eq=False)
class TaskTrack:
    """A task."""

    name: str
    start: float
    frame: FrameType | None
    """The outermost frame, by which its exception is known; given up when it ends."""
    home: NurseryTrack | None
    """The nursery that it is in; None for one at the top of the picture."""
    turn: int
    """Which one it is of those that the starter has started."""
    since: float
    """Since when it has been doing what it does."""
    ready: int = 0
    """How often it was scheduled and has not taken its step: 0 means that it waits."""
    waiting: Waiting | None = None
    """What it waits on; None while it is ready or runs."""
    end: float | None = None
    ending: Ending = STILL_THERE
    events: int = 0
    """How many of the events that are kept are its own."""
    open: dict[trio.Nursery, NurseryTrack] = field(default_factory=dict[trio.Nursery, "NurseryTrack"])
    """The nurseries that it has opened, and not closed as far as is known."""
    nurseries: dict[NurseryTrack, None] = field(default_factory=dict["NurseryTrack", None])
    """All that it has opened, in order."""
    started: int = 0
    """How many tasks it has started."""


@final
@dataclass(slots=True, frozen=True)
class FirstTask:
    """How the first task of a nursery was started."""

    start: float
    by_owner: bool
    label: str
    place: Place | None

    def comes_before(self, other: FirstTask) -> bool:
        """Tell which of two is the first one, also if chance had them started at one moment."""
        return self._key() < other._key()

    def _key(self) -> tuple[float, bool, str, int, str]:
        place = self.place or Place("", 0, "")
        return self.start, not self.by_owner, place.file, place.line, self.label


@final
@dataclass(slots=True, eq=False)
class NurseryTrack:
    """A nursery, from its first task on."""

    owner: TaskTrack
    first: FirstTask
    end: float | None = None
    tasks: dict[TaskTrack, None] = field(default_factory=dict[TaskTrack, None])
    starters: set[int] = field(default_factory=set[int])
    """The ages of the tasks that have started one at the moment of the first one."""


@final
@dataclass(slots=True, frozen=True)
class Stretch:
    """A stretch of a task's life; ``waiting`` is None if it ran."""

    track: TaskTrack
    start: float
    end: float
    waiting: Waiting | None


@final
@dataclass(slots=True, frozen=True)
class Remark:
    """A mark or a cancellation of a task."""

    track: TaskTrack
    what: Mark | Cancellation


Event = Stretch | Remark
