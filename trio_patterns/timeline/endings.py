"""Exceptions in words: how a task ended, and who cancelled it why."""

from __future__ import annotations

import re
from ast import literal_eval

import trio

from .._core.groups import leaves
from .._core.naming import last_part
from .model import Cancellation, Ending
from .words import one_line

__all__ = ["cancellation", "ending_of"]

#: How many failures of a group are named.
MOST = 3


def ending_of(exc: BaseException | None) -> Ending:
    """Return how a task ended that raised ``exc``, or returned if it is None."""
    if exc is None:
        return Ending("finished", "")
    failures = [leaf for leaf in leaves(exc) if not isinstance(leaf, trio.Cancelled)]
    if failures:
        # Those of one moment come in any order.
        words = sorted(map(_in_words, failures))[:MOST]
        words += [f"and {len(failures) - MOST} more"] if len(failures) > MOST else []
        return Ending("failed", "; ".join(words))
    first = next(iter(leaves(exc)), None)
    return Ending("cancelled", because(cancellation(first, 0.0)) if isinstance(first, trio.Cancelled) else "")


def cancellation(exc: trio.Cancelled, time: float) -> Cancellation:
    """Return what ``exc`` tells of the cancellation."""
    return Cancellation(time, exc.source, one_line(exc.reason or ""), _task_name(exc.source_task))


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
    found = re.match(r"<Task (.*) at 0x", representation or "")
    return one_line(last_part(literal_eval(found[1]))) if found else ""


def _in_words(exc: BaseException) -> str:
    try:
        text = one_line(exc)
    except Exception:
        text = ""  # it does not know itself what to say
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__
