"""The types that users of `trio_patterns.timeline` see."""

from __future__ import annotations

from typing import Literal, assert_type

import trio

from trio_patterns.timeline import (
    DumpSignal,
    Mark,
    NurseryRecord,
    Recording,
    Span,
    TaskRecord,
    Timeline,
    dump_tasks,
    install_dump_signal,
    mark,
    record,
)


async def recorded() -> None:
    with record(max_events=10) as timeline:
        assert_type(timeline, Timeline)
        mark("begun")
    assert_type(timeline.recording, Recording)
    assert_type(timeline.to_svg(title="t", fold=3, width=400), str)
    assert_type(timeline.to_html(), str)
    assert_type(timeline.to_perfetto(), str)
    assert_type(timeline.to_text(width=80), str)
    instrument: trio.abc.Instrument = timeline
    trio.lowlevel.add_instrument(instrument)


def looked_at(recording: Recording) -> None:
    for task in recording.all_tasks():
        assert_type(task, TaskRecord)
        assert_type(task.spans, tuple[Span, ...])
        assert_type(task.marks, tuple[Mark, ...])
        assert_type(task.nurseries, tuple[NurseryRecord, ...])
        assert_type(task.ending.kind, Literal["finished", "failed", "cancelled", "open"])
        for span in task.spans:
            assert_type(span.state, Literal["running", "waiting"])
    for nursery in recording.tasks[0].nurseries:
        assert_type(nursery.tasks, tuple[TaskRecord, ...])


def dumped() -> None:
    assert_type(dump_tasks(stacks=True), str)
    with install_dump_signal() as installed:
        assert_type(installed, DumpSignal)
    record(10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Timeline(10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
