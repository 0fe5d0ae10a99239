"""A recording in Chrome's trace event format, which ui.perfetto.dev and chrome://tracing open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count as numbers
from typing import Any, Final

from .._core.frames import Place
from .html import nanoseconds
from .model import Cancellation, NurseryRecord, Recording, Span, TaskRecord
from .places import short_names
from .rows import alive

__all__ = ["to_perfetto"]

#: Everything happens in one process.
PROCESS: Final = 1

Event = dict[str, Any]


def at(time: float) -> float:
    """Return a time in microseconds, the unit of the format, to the nanosecond."""
    return nanoseconds(time) / 1000


def event(phase: str, name: str, category: str, thread: int, time: float, **more: object) -> Event:
    """Return an event with the fields that every one has."""
    return {
        "ph": phase,
        "name": name,
        "cat": category,
        "pid": PROCESS,
        "tid": thread,
        "ts": at(time),
        **more,
    }


def lasting(name: str, category: str, thread: int, start: float, end: float, args: Event) -> Event:
    """Return an event that lasts."""
    length = (nanoseconds(end) - nanoseconds(start)) / 1000
    return event("X", name, category, thread, start, dur=length, args=args)


def moment(name: str, category: str, thread: int, time: float, args: Event) -> Event:
    """Return an event without length, on the track of a task."""
    return event("i", name, category, thread, time, s="t", args=args)


def counted(recording: Recording) -> Iterator[Event]:
    """Yield how many tasks were alive, each time that it changes."""
    for time, count in alive(tuple(recording.all_tasks())):
        yield event("C", "tasks", "timeline", 0, time, args={"alive": count})


class Tracks:
    """Makes the events of each task, on a track of its own: the format calls it a thread."""

    def __init__(self, recording: Recording) -> None:
        self.names = short_names(
            place.file
            for task in recording.all_tasks()
            for place in (
                *(place for span in task.spans for place in span.stack),
                *(nursery.place for nursery in task.nurseries if nursery.place is not None),
            )
        )
        self.nursery_ids = numbers(1)

    def place(self, place: Place) -> str:
        """Return a place in words, the file by its short name."""
        return f"{self.names[place.file]}:{place.line} in {place.function}"

    def span(self, span: Span, thread: int) -> Event:
        """Return a stretch of a task's life."""
        args: Event = {"state": span.state}
        if span.label:
            args["label"] = span.label
        if span.stack:
            args["stack"] = [self.place(place) for place in span.stack]
        category = span.category or span.state
        return lasting(span.label or category, category, thread, span.start, span.end, args)

    def nursery(self, nursery: NurseryRecord, thread: int) -> Iterator[Event]:
        """Yield both ends of a nursery's life, which need not nest with what its owner did."""
        more: Event = {"id": f"nursery {next(self.nursery_ids)}"}
        args: Event = {"tasks": len(nursery.tasks)}
        if nursery.place is not None:
            args["opened at"] = self.place(nursery.place)
        yield event("b", nursery.label, "nursery", thread, nursery.start, **more, args=args)
        yield event("e", nursery.label, "nursery", thread, nursery.end, **more)

    def task(self, task: TaskRecord, thread: int) -> Iterator[Event]:
        """Yield all that is on a task's own track: its life, and within it what it did."""
        ending: Event = {"ending": task.ending.kind}
        if task.ending.text:
            ending["text"] = task.ending.text
        yield lasting(task.name, "task", thread, task.start, task.end, ending)
        for span in task.spans:
            yield self.span(span, thread)
        for step in task.steps:
            yield moment("ran", "running", thread, step, {})
        for cancellation in task.cancellations:
            yield moment("cancelled", "cancelled", thread, cancellation.time, why(cancellation))
        for mark in task.marks:
            yield moment(mark.text, "mark", thread, mark.time, {})
        if task.ending.kind == "failed":
            yield moment("failed", "failed", thread, task.end, {"error": task.ending.text})
        for nursery in task.nurseries:
            yield from self.nursery(nursery, thread)


def why(cancellation: Cancellation) -> Event:
    """Return what is known of a cancellation."""
    known = {"source": cancellation.source, "reason": cancellation.reason, "by": cancellation.by}
    return {name: text for name, text in known.items() if text}


def named(task: TaskRecord, thread: int) -> Iterator[Event]:
    """Yield the name of a task's track, and where it stands among the others: below its parent."""
    for name, args in (("thread_name", {"name": task.name}), ("thread_sort_index", {"sort_index": thread})):
        yield {"ph": "M", "name": name, "pid": PROCESS, "tid": thread, "args": args}


def to_perfetto(recording: Recording, *, title: str = "Timeline") -> str:
    """Return the recording as JSON in Chrome's trace event format.

    Open it at https://ui.perfetto.dev or in chrome://tracing, which look at large recordings and let you
    query them. Times are in microseconds. Nurseries are asynchronous events of their own.

    Args:
        recording: What to write.
        title: The name of the process, which stands above the tasks.

    Returns:
        The JSON, in the format's object form.
    """
    tracks = Tracks(recording)
    names: list[Event] = [{"ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": title}}]
    events = list(counted(recording))
    for thread, task in enumerate(recording.all_tasks(), 1):
        names.extend(named(task, thread))
        events.extend(tracks.task(task, thread))
    # Stable: at one instant tasks keep the order of the tree, and what encloses comes before what is in it.
    events.sort(key=lambda event: event["ts"])
    whole = {
        "traceEvents": names + events,
        "displayTimeUnit": "ms",
        "otherData": {
            "clock": "virtual" if recording.virtual else "real",
            "dropped events": str(recording.dropped),
        },
    }
    return json.dumps(whole, separators=(",", ":"))
