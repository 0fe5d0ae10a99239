"""The beginning of a recording."""

from __future__ import annotations

from dataclasses import replace

from trio_patterns.timeline.model import Ending, NurseryRecord, Recording, TaskRecord

__all__ = ["until"]


def until(recording: Recording, moment: float) -> Recording:
    """Return what had happened until ``moment``, in seconds from the beginning."""
    if moment >= recording.duration:
        return recording
    return replace(recording, duration=moment, tasks=_tasks(recording.tasks, moment))


def _tasks(tasks: tuple[TaskRecord, ...], moment: float) -> tuple[TaskRecord, ...]:
    return tuple(_task(task, moment) for task in tasks if task.start < moment)


def _task(task: TaskRecord, moment: float) -> TaskRecord:
    ended = task.end <= moment and task.ending.kind != "open"
    return replace(
        task,
        end=min(task.end, moment),
        ending=task.ending if ended else Ending("open", ""),
        spans=tuple(replace(span, end=min(span.end, moment)) for span in task.spans if span.start < moment),
        steps=tuple(step for step in task.steps if step <= moment),
        cancellations=tuple(one for one in task.cancellations if one.time <= moment),
        marks=tuple(mark for mark in task.marks if mark.time <= moment),
        nurseries=tuple(_nursery(nursery, moment) for nursery in task.nurseries if nursery.start < moment),
    )


def _nursery(nursery: NurseryRecord, moment: float) -> NurseryRecord:
    return replace(nursery, end=min(nursery.end, moment), tasks=_tasks(nursery.tasks, moment))
