"""The book that a recording is kept in: the tree of tasks and nurseries, and a bounded number of events."""

from __future__ import annotations

from collections import deque
from types import FrameType
from typing import final

import trio

from .openers import START
from .tracks import Event, FirstTask, NurseryTrack, Stretch, TaskTrack

__all__ = ["Book"]


@final
class Book:
    """Tracks of tasks and nurseries, and their events."""

    def __init__(self, max_events: int) -> None:
        self._max_events = max_events
        self.events: deque[Event] = deque()
        self.dropped = 0
        #: The tasks that run.
        self.tracks: dict[trio.lowlevel.Task, TaskTrack] = {}
        #: The nurseries that are open, as far as is known.
        self.nurseries: dict[trio.Nursery, NurseryTrack] = {}
        #: The tasks that are in no nursery that is recorded.
        self.tops: dict[TaskTrack, None] = {}

    def open_nursery(self, nursery: trio.Nursery, owner: TaskTrack, first: FirstTask) -> NurseryTrack:
        """Write down a nursery."""
        track = NurseryTrack(owner, first)
        self.nurseries[nursery] = owner.open[nursery] = track
        owner.nurseries[track] = None
        # It may be around others that have got their first task at the same moment.
        opened = nursery.parent_task.child_nurseries
        for inner in opened[opened.index(nursery) + 1 :] if nursery in opened else ():
            below = owner.open.get(inner)
            if below is not None and below.first.start == first.start:
                owner.nurseries[below] = owner.nurseries.pop(below)
        return track

    def start(
        self,
        task: trio.lowlevel.Task,
        name: str,
        home: NurseryTrack | None,
        starter: TaskTrack | None,
        now: float,
    ) -> TaskTrack:
        """Write down a task."""
        frame = getattr(task.coro, "cr_frame", None)
        outermost = frame if isinstance(frame, FrameType) else None
        turn = 0
        if starter is not None:
            turn = starter.started = starter.started + 1
        track = self.tracks[task] = TaskTrack(name, now, outermost, home, turn, now)
        (self.tops if home is None else home.tasks)[track] = None
        return track

    def settle(self, task: trio.lowlevel.Task, track: TaskTrack) -> None:
        """Notice what no callback tells: nurseries that have closed, and that a task has moved house."""
        if track.open:
            still = set(task.child_nurseries)
            for nursery, below in [*track.open.items()]:
                if nursery not in still:
                    # It closed in the step that began when its last task had ended.
                    below.end = track.since
                    del track.open[nursery], self.nurseries[nursery]
                    if not below.tasks:
                        track.nurseries.pop(below, None)
        # `Nursery.start` has a nursery of its own, in which the task stays until it calls `started()`.
        home = task.parent_nursery
        if home is not None and track.home is not None and self.nurseries.get(home) is not track.home:
            self._move(track, track.home, home)

    def _move(self, track: TaskTrack, old: NurseryTrack, nursery: trio.Nursery) -> None:
        label = "nursery" if old.first.label == START else old.first.label
        first = FirstTask(
            track.start, self.tracks.get(nursery.parent_task) is old.owner, label, old.first.place
        )
        new = self.nurseries.get(nursery)
        if new is None:
            owner = self.tracks.get(nursery.parent_task)
            if owner is None:
                return  # a nursery outside of what is recorded
            new = self.open_nursery(nursery, owner, first)
        elif first.comes_before(new.first):
            new.first = first
        del old.tasks[track]
        new.tasks[track] = None
        track.home = new
        old.owner.nurseries.pop(old, None)  # it had this one task

    def end(self, task: trio.lowlevel.Task, track: TaskTrack, now: float) -> None:
        """Close the entry of a task."""
        del self.tracks[task]
        # Each task has an event at least: with the last one that is forgotten, the task is.
        if now > track.since or not track.events:
            self.keep(Stretch(track, track.since, now, track.waiting))
        track.frame = None
        for nursery, below in track.open.items():
            below.end = now
            del self.nurseries[nursery]
            if not below.tasks:
                track.nurseries.pop(below, None)
        track.open.clear()

    def keep(self, event: Event) -> None:
        """Keep an event, and forget the oldest if there are too many."""
        event.track.events += 1
        self.events.append(event)
        if len(self.events) > self._max_events:
            self._forget()

    def _forget(self) -> None:
        track = self.events.popleft().track
        self.dropped += 1
        track.events -= 1
        # A task that is over, with nothing left to draw of it or below it, is forgotten, and so is its
        # nursery with the last of them.
        while track.end is not None and not track.events and not track.nurseries:
            home = track.home
            if home is None:
                self.tops.pop(track, None)
                return
            home.tasks.pop(track, None)
            if home.tasks or home.end is None:
                return
            track = home.owner
            track.nurseries.pop(home, None)
