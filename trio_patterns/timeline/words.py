"""What a picture shows, in words: for titles, for those who do not see it, and for builders of plain text."""

from __future__ import annotations

import re
from pathlib import PurePath

from .._core.frames import Place
from .axis import in_words
from .model import Cancellation, Category, Recording, Span, TaskRecord

__all__ = [
    "MEANINGS",
    "cancellation_words",
    "ending_words",
    "one_line",
    "place_words",
    "printable",
    "span_words",
    "summary",
]

#: What a task waits on, as legends say it.
MEANINGS: dict[Category, str] = {
    "sleep": "sleep",
    "channel": "channel",
    "lock": "lock or limiter",
    "event": "another task",
    "tasks": "its tasks",
    "thread": "thread",
    "socket": "socket",
    "process": "process",
    "other": "other",
}

#: Addresses of objects, which differ from run to run.
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
#: What is shown beside a line is one.
LONGEST = 200
#: What neither XML nor UTF-8 can hold: names of files and of code may.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def one_line(what: object) -> str:
    """Return what something says of itself, in one short line that is the same in every run."""
    text = str(what)
    text = printable(_ADDRESS.sub("", " ".join(text.split())))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def printable(text: str) -> str:
    """Return ``text`` with a replacement character for each that a file can't hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def place_words(place: Place) -> str:
    """Return ``shop.py:12 in main``: the same wherever the file lies."""
    return f"{PurePath(place.file).name}:{place.line} in {place.function}"


def span_words(name: str, span: Span) -> str:
    """Say what a task did for a while, with its await stack, innermost line first."""
    what = "runs" if span.state == "running" else f"waits on {span.label or 'something'}"
    if span.category is not None and span.category not in span.label:
        what += f" ({span.category})"
    times = f"{in_words(span.start)} to {in_words(span.end)}, {in_words(span.end - span.start)}"
    return "\n".join([f"{name} {what}: {times}", *(f"  {place_words(place)}" for place in span.stack[::-1])])


def cancellation_words(name: str, cancelled: Cancellation) -> str:
    """Say when and why a cancellation reached a task."""
    text = f"{name} is cancelled at {in_words(cancelled.time)}: {cancelled.source}"
    text += f", {cancelled.reason}" if cancelled.reason else ""
    return f"{text}, by {cancelled.by}" if cancelled.by else text


def ending_words(task: TaskRecord) -> str:
    """Say how a task ended."""
    kind = "goes on" if task.ending.kind == "open" else task.ending.kind
    text = f"{task.name}: {kind} at {in_words(task.end)}"
    return f"{text}: {task.ending.text}" if task.ending.text else text


def summary(recording: Recording) -> str:
    """Say in a sentence how many tasks there were, for how long, and how they ended."""
    tasks = list(recording.all_tasks())
    kinds = [task.ending.kind for task in tasks]
    counts = [
        f"{kinds.count(kind)} {word}"
        for kind, word in (("finished", "finished"), ("failed", "failed"), ("cancelled", "cancelled"))
        if kind in kinds
    ]
    counts += [f"{kinds.count('open')} still there"] if "open" in kinds else []
    what = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    clock = " on a virtual clock" if recording.virtual else ""
    text = f"{what} in {in_words(recording.duration)}{clock}: {', '.join(counts) or 'nothing'}"
    return f"{text}; the oldest {recording.dropped} events were forgotten" if recording.dropped else text
