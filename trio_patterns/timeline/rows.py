"""The rows of a picture: tasks below the nursery that they are in, and many of one kind folded into one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from .model import NurseryRecord, Recording, TaskRecord

__all__ = ["FoldedRow", "NurseryRow", "Row", "TaskRow", "alive", "peak_of", "rows_of", "times"]

#: What tells tasks of one kind apart, those of a pool included.
_NUMBER = re.compile(r"( #\d+| \(worker \d+\))$")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task."""

    depth: int
    task: TaskRecord


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """Tasks of one name in one nursery."""

    depth: int
    name: str
    tasks: tuple[TaskRecord, ...]


@dataclass(frozen=True, slots=True)
class NurseryRow:
    """A nursery; its tasks are the rows after it."""

    depth: int
    nursery: NurseryRecord
    size: int
    """How many rows; while they are not there yet, how many tasks of a name to show."""


Row = TaskRow | FoldedRow | NurseryRow


def times(name: str, count: int) -> str:
    """Return a name and how many times it stands for."""
    return f"{name} \N{MULTIPLICATION SIGN}{count}"


def peak_of(tasks: tuple[TaskRecord, ...]) -> int:
    """Return how many of ``tasks`` there were at a time; 0 if none took any time."""
    return max(count for _, count in alive(tasks))


def rows_of(recording: Recording, *, fold: int) -> list[Row]:
    """Return all rows; more than ``fold`` tasks of one name in a nursery become one row."""
    rows: list[Row] = []
    # Not by recursion: a program may nest more deeply than that goes.
    pending = _siblings(recording.tasks, 0, fold)[::-1]
    while pending:
        step = pending.pop()
        if isinstance(step, int):  # all rows of the nursery in this one are there
            opened = rows[step]
            assert isinstance(opened, NurseryRow)
            rows[step] = replace(opened, size=len(rows) - step - 1)
            continue
        rows.append(step)
        if isinstance(step, TaskRow):
            opened_by_it = [NurseryRow(step.depth, *nursery) for nursery in _nurseries(step.task, fold)]
            pending.extend(reversed(opened_by_it))
        elif isinstance(step, NurseryRow):
            pending.append(len(rows) - 1)
            pending.extend(_siblings(step.nursery.tasks, step.depth + 1, step.size)[::-1])
    return rows


def _siblings(tasks: tuple[TaskRecord, ...], depth: int, fold: int) -> list[Row | int]:
    of_name: dict[str, list[TaskRecord]] = {}
    for task in tasks:
        of_name.setdefault(_NUMBER.sub("", task.name), []).append(task)
    rows: list[Row | int] = []
    for task in tasks:
        name = _NUMBER.sub("", task.name)
        same = of_name[name]
        if len(same) <= fold:
            rows.append(TaskRow(depth, task))
        elif task is same[0]:
            rows.append(FoldedRow(depth, name, tuple(same)))
    return rows


def _nurseries(task: TaskRecord, fold: int) -> Iterator[tuple[NurseryRecord, int]]:
    """Yield nurseries with how many tasks of a name to show; more than ``fold`` alike in a row are one.

    That is what a loop leaves behind that opens a nursery in each round.
    """
    for _, group in groupby(task.nurseries, key=_kind):
        alike = list(group)
        if len(alike) <= fold:
            yield from ((nursery, fold) for nursery in alike)
            continue
        tasks = tuple(task for nursery in alike for task in nursery.tasks)
        label = times(alike[0].label, len(alike))
        yield replace(alike[0], label=label, end=alike[-1].end, tasks=tasks), 1


def _kind(nursery: NurseryRecord) -> tuple[object, ...]:
    return nursery.label, nursery.place, frozenset(_NUMBER.sub("", task.name) for task in nursery.tasks)


def alive(tasks: tuple[TaskRecord, ...]) -> list[tuple[float, int]]:
    """Return how many of ``tasks`` there are, from each moment at which that changes."""
    changes: dict[float, int] = {}
    for task in tasks:
        changes[task.start] = changes.get(task.start, 0) + 1
        changes[task.end] = changes.get(task.end, 0) - 1
    counted: list[tuple[float, int]] = []
    total = 0
    for time in sorted(changes):
        total += changes[time]
        counted.append((time, total))
    return counted
