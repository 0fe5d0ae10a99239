"""See what a program does in time: which task runs, which waits, on what, and how each one ended.

From a shell, without a change to the program: ``python -m trio_patterns.timeline script.py``.
"""

from __future__ import annotations

from .dump import dump_tasks
from .dump_signal import DumpSignal, install_dump_signal
from .model import (
    Cancellation,
    Ending,
    Mark,
    NurseryRecord,
    Recording,
    Span,
    TaskRecord,
)
from .recorder import Timeline
from .recording import mark, record

__all__ = [
    # record
    "record",
    "Timeline",
    "mark",
    # a program that hangs
    "dump_tasks",
    "install_dump_signal",
    "DumpSignal",
    # what was recorded, as plain values
    "Recording",
    "TaskRecord",
    "NurseryRecord",
    "Span",
    "Cancellation",
    "Mark",
    "Ending",
]
