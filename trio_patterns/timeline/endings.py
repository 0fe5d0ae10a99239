"""Exceptions in words: how a task ended, and who cancelled it why."""

from __future__ import annotations

import re

import trio

from .._core.groups import leaves
from .model import Cancellation, Ending

__all__ = ["cancellation", "ending_of"]

#: Addresses of objects, which differ from run to run.
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
#: A reason is shown beside a line, so it is one.
LONGEST = 200


def ending_of(exc: BaseException | None) -> Ending:
    """Return how a task ended that raised ``exc``, or returned if it is None."""
    if exc is None:
        return Ending("finished", "")
    failures = [leaf for leaf in leaves(exc) if not isinstance(leaf, trio.Cancelled)]
    if failures:
        return Ending("failed", "; ".join(_in_words(failure) for failure in failures[:3]))
    first = next(iter(leaves(exc)), None)
    return Ending("cancelled", because(cancellation(first, 0.0)) if isinstance(first, trio.Cancelled) else "")


def cancellation(exc: trio.Cancelled, time: float) -> Cancellation:
    """Return what ``exc`` tells of the cancellation."""
    return Cancellation(time, exc.source, _one_line(exc.reason or ""), _task_name(exc.source_task))


def because(cancelled: Cancellation) -> str:
    """Return reason, source and author in a few words."""
    if cancelled.source == "explicit":
        text = cancelled.reason or "cancelled"
        return f"{text} (by {cancelled.by})" if cancelled.by else text
    if cancelled.source == "nursery":
        cause = cancelled.reason.removeprefix("child task raised exception ")
        return f"{cancelled.by} failed: {cause}" if cancelled.by else cause
    return cancelled.reason or cancelled.source


def _task_name(representation: str | None) -> str:
    """Return ``worker`` for ``<Task 'shop.worker' at 0x...>``."""
    found = re.match(r"<Task '(.*)' at 0x", representation or "")
    return found[1].rpartition(".")[2] if found else ""


def _in_words(exc: BaseException) -> str:
    text = _one_line(str(exc))
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def _one_line(text: str) -> str:
    text = _ADDRESS.sub("", " ".join(text.split()))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
