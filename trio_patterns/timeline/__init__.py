"""See what a program does in time: which task runs, which waits, on what, and how each one ended."""

from __future__ import annotations

from .recorder import Timeline
from .recording import mark, record

__all__ = ["Timeline", "mark", "record"]
