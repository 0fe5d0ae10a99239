"""A recording as one page that shows it in a browser: zoom, hover, search. It loads nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Hashable, Iterable
from importlib.resources import files
from typing import Final, Generic, TypeVar

from .._core.frames import Place
from .model import NurseryRecord, Recording, Span, TaskRecord
from .places import short_names

__all__ = ["to_html"]

T = TypeVar("T", bound=Hashable)

#: The parts of the viewer's script, in the order in which they use each other.
SCRIPTS: Final = (
    "data.js",
    "theme.js",
    "rows.js",
    "view.js",
    "paint.js",
    "marks.js",
    "names.js",
    "hits.js",
    "card.js",
    "search.js",
    "input.js",
    "main.js",
)
CATEGORIES: Final = (
    "running",
    "sleep",
    "channel",
    "lock",
    "event",
    "tasks",
    "thread",
    "socket",
    "process",
    "other",
)
ENDINGS: Final = ("finished", "failed", "cancelled", "open")


class Table(Generic[T]):
    """Values by number: each is written once, however often it occurs."""

    def __init__(self) -> None:
        self.numbers: dict[T, int] = {}

    def __call__(self, value: T) -> int:
        """Return the number of ``value``."""
        return self.numbers.setdefault(value, len(self.numbers))


def nanoseconds(time: float) -> int:
    """Return a time as a whole number, which adds up exactly where binary fractions of a second do not."""
    return round(time * 1e9)


class Packer:
    """Packs a recording: tables of strings, places, stacks and waits, and tasks that refer to them."""

    def __init__(self, recording: Recording) -> None:
        self.strings = Table[str]()
        self.places = Table[Place]()
        self.stacks = Table[tuple[int, ...]]()
        self.waits = Table[tuple[int, int, int]]()
        self.nurseries: list[list[int]] = []
        self.tasks: list[list[object]] = []
        # Not recursive: nurseries nest as deeply as a program likes.
        below: list[tuple[TaskRecord, int]] = [(task, -1) for task in reversed(recording.tasks)]
        while below:
            task, nursery = below.pop()
            number = len(self.tasks)
            self.tasks.append(self.task(task, nursery))
            inner: list[tuple[TaskRecord, int]] = []
            for opened in task.nurseries:
                inner.extend((child, len(self.nurseries)) for child in opened.tasks)
                self.nurseries.append(self.nursery(opened, number))
            below.extend(reversed(inner))

    def task(self, task: TaskRecord, nursery: int) -> list[object]:
        """Return a task as a row of numbers."""
        return [
            self.strings(task.name),
            nursery,
            nanoseconds(task.start),
            nanoseconds(task.end),
            ENDINGS.index(task.ending.kind),
            self.strings(task.ending.text),
            list(self.spans(task)),
            [nanoseconds(step) for step in task.steps],
            [
                [nanoseconds(c.time), self.strings(c.source), self.strings(c.reason), self.strings(c.by)]
                for c in task.cancellations
            ],
            [[nanoseconds(mark.time), self.strings(mark.text)] for mark in task.marks],
        ]

    def spans(self, task: TaskRecord) -> Iterable[int]:
        """Yield three numbers for each span: the gap before it, its length, and what it did."""
        last = nanoseconds(task.start)
        for span in task.spans:
            start, end = nanoseconds(span.start), nanoseconds(span.end)
            yield start - last
            yield end - start
            yield self.wait(span)
            last = end

    def wait(self, span: Span) -> int:
        """Return the number of what a span did: many do the same, at the same place."""
        stack = self.stacks(tuple(map(self.places, span.stack)))
        return self.waits((CATEGORIES.index(span.category or span.state), self.strings(span.label), stack))

    def nursery(self, nursery: NurseryRecord, owner: int) -> list[int]:
        """Return a nursery as a row of numbers."""
        place = -1 if nursery.place is None else self.places(nursery.place)
        label = self.strings(nursery.label)
        return [label, place, nanoseconds(nursery.start), nanoseconds(nursery.end), owner]


def pack(recording: Recording, title: str) -> dict[str, object]:
    """Return a recording as plain data, small enough that thousands of tasks fit into a page."""
    packed = Packer(recording)
    names = short_names(place.file for place in packed.places.numbers)
    places = [
        [packed.strings(names[p.file]), p.line, packed.strings(p.function), packed.strings(p.source)]
        for p in packed.places.numbers
    ]
    return {
        "title": title,
        "duration": nanoseconds(recording.duration),
        "virtual": recording.virtual,
        "dropped": recording.dropped,
        "categories": CATEGORIES,
        "endings": ENDINGS,
        "strings": list(packed.strings.numbers),
        "places": places,
        "stacks": list(packed.stacks.numbers),
        "waits": list(packed.waits.numbers),
        "nurseries": packed.nurseries,
        "tasks": packed.tasks,
    }


def asset(name: str) -> str:
    """Return the text of a file of the viewer."""
    return files("trio_patterns.timeline").joinpath("viewer", name).read_text(encoding="utf-8")


def as_script(data: object) -> str:
    """Return data as JSON that no text in it can break out of: `<` ends a script, and so it is escaped.

    All that is not ASCII is escaped too, U+2028 and halves of surrogate pairs among it.
    """
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def to_html(recording: Recording, *, title: str = "Timeline") -> str:
    """Return the recording as a page of its own, to be looked at in a browser.

    All of it is in the one string: script, style and data. Nothing is loaded, and a policy in the page
    forbids it. The same recording gives the same page.

    Args:
        recording: What to show.
        title: The heading, and the name of the browser's tab.

    Returns:
        The HTML of the page. Write it as UTF-8.
    """
    parts = {
        "title": html.escape(title).encode("ascii", "xmlcharrefreplace").decode("ascii"),
        "style": asset("style.css"),
        "data": as_script(pack(recording, title)),
        "script": "\n".join(map(asset, SCRIPTS)),
    }
    # Each part of the template is looked at once: what a part brings is never taken for a place in it.
    first, *rest = asset("page.html").split("{{")
    pieces = [first]
    for piece in rest:
        name, _, after = piece.partition("}}")
        pieces += [parts[name], after]
    return "".join(pieces)
