"""A timeline for a terminal: one line for each task."""

from __future__ import annotations

from itertools import pairwise

from .axis import in_words, ticks
from .endings import because
from .model import Category, Recording, Span, TaskRecord
from .rows import FoldedRow, Row, TaskRow, alive, peak_of, rows_of
from .words import MEANINGS, printable, summary

__all__ = ["to_text"]

#: One letter for what a task waits on; what runs is a block, or a bar where it takes no time.
LETTERS: dict[Category, str] = {
    "sleep": ".",
    "channel": "c",
    "lock": "l",
    "event": "e",
    "tasks": "-",
    "thread": "t",
    "socket": "s",
    "process": "p",
    "other": "o",
}
_ENDS = {"finished": "ok", "failed": "failed", "cancelled": "cancelled", "open": "..."}
#: How much of a line names may take.
NAMES = 0.35


def to_text(recording: Recording, *, width: int, fold: int) -> str:
    """Return the lines, none longer than ``width`` but for what is said at their ends."""
    rows = rows_of(recording, fold=fold)
    heads = [_head(row) for row in rows]
    names = min(max(map(len, heads), default=0), int(width * NAMES))
    columns = max(width - names - 2 - len("cancelled"), 10)
    lines = [summary(recording), _axis(recording.duration, names, columns)]
    used: set[Category] = set()
    for row, head in zip(rows, heads, strict=True):
        head = head if len(head) <= names else f"{head[: names - 1]}…"
        body = _body(row, recording, columns, used)
        lines.append(f"{head:<{names}} {body}".rstrip())
    lines.append(_legend(used, virtual=recording.virtual))
    return printable("\n".join(lines)) + "\n"


def _head(row: Row) -> str:
    if isinstance(row, TaskRow):
        name = row.task.name
    elif isinstance(row, FoldedRow):
        name = f"{row.name} x{len(row.tasks)}"
    else:
        name = f" [{row.nursery.label}]"
    return "  " * row.depth + name


def _axis(duration: float, names: int, columns: int) -> str:
    line = [" "] * (columns + 12)
    for moment in ticks(duration, most=max(columns // 12, 1)):
        at = _column(moment, duration, columns)
        label = in_words(moment)
        line[at : at + len(label) + 1] = f"|{label}"
    return (" " * (names + 1) + "".join(line)).rstrip()


def _column(moment: float, duration: float, columns: int) -> int:
    return min(int(moment / duration * columns + 1e-6), columns - 1) if duration > 0 else 0


def _body(row: Row, recording: Recording, columns: int, used: set[Category]) -> str:
    duration = recording.duration
    if isinstance(row, TaskRow):
        return _bar(row.task, duration, columns, used, virtual=recording.virtual)
    if isinstance(row, FoldedRow):
        return _counts(row, duration, columns)
    first = _column(row.nursery.start, duration, columns)
    last = _column(row.nursery.end, duration, columns)
    return " " * first + "[" + " " * max(last - first - 1, 0) + "]"


def _bar(task: TaskRecord, duration: float, columns: int, used: set[Category], *, virtual: bool) -> str:
    line = [" "] * columns
    for span in task.spans:
        first, last = (_column(moment, duration, columns) for moment in (span.start, span.end))
        last = columns if span.end >= duration else last
        line[first : max(last, first + 1)] = _letter(span, used) * max(last - first, 1)
    for moment in task.steps if virtual else ():
        line[_column(moment, duration, columns)] = "|"
    for cancelled in task.cancellations:
        line[_column(cancelled.time, duration, columns)] = "x"
    for mark in task.marks:
        line[_column(mark.time, duration, columns)] = "!"
    text = "".join(line).rstrip()
    said = [_ENDS[task.ending.kind], task.ending.text]
    if not task.ending.text and task.cancellations:
        said.append(f"x: {because(task.cancellations[-1])}")
    said += [f"! {in_words(mark.time)} {mark.text}" for mark in task.marks]
    return f"{text:<{columns}} {'; '.join(filter(None, said))}"


def _letter(span: Span, used: set[Category]) -> str:
    if span.category is None:
        return "█"
    used.add(span.category)
    return LETTERS[span.category]


def _counts(row: FoldedRow, duration: float, columns: int) -> str:
    counted = alive(row.tasks)
    peak = peak_of(row.tasks)
    line = [" "] * columns
    for (start, count), (end, _) in pairwise(counted):
        first, last = (_column(moment, duration, columns) for moment in (start, end))
        digit = " " if count == 0 else str(min(9, count)) if peak <= 9 else _level(count / peak)
        line[first : max(last, first + 1)] = digit * max(last - first, 1)
    kinds = [task.ending.kind for task in row.tasks]
    ends = [f"{kinds.count(kind)} {word}" for kind, word in _ENDS.items() if kind in kinds]
    most = f"peak {peak} at once; " if peak else ""
    return f"{''.join(line).rstrip():<{columns}} {most}{', '.join(ends)}"


def _level(share: float) -> str:
    return "▁▂▃▄▅▆▇█"[min(int(share * 8), 7)]


def _legend(used: set[Category], *, virtual: bool) -> str:
    parts = ["| runs, in no time" if virtual else "█ runs"]
    parts += [f"{LETTERS[category]} {meaning}" for category, meaning in MEANINGS.items() if category in used]
    return ", ".join([*parts, "x cancelled", "! mark"])
