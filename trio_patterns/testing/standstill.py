"""A standstill: all tasks wait, and nothing can wake one."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import trio

from .._core.frames import module_of
from .wait_graph import all_tasks
from .waits import wait_of

__all__ = ["is_stalled", "threads_now", "users_tasks"]

#: Where a thread of a pool waits for something to do.
_POOLS = {"trio._core._thread_cache", "concurrent.futures.thread"}


def threads_now() -> AbstractSet[threading.Thread]:
    """Return the threads that are there before the run; they are none of its business."""
    return set(threading.enumerate())


def is_stalled(others: AbstractSet[threading.Thread]) -> bool:
    """Tell whether nothing can wake a task of this run, none of which is runnable: no time, thread or I/O.

    A task may wait for an event that a thread sets, and trio does not know. So a thread that was started
    since and does something may wake anybody; not the ``others``.
    """
    if trio.lowlevel.current_statistics().seconds_to_next_deadline < math.inf:
        return False
    # One that waits for its time waits for ever if there is no deadline.
    if not all(wait_of(task).kind in ("memory", "tasks", "time") for task in users_tasks()):
        return False
    if any(_is_busy(thread) for thread in threading.enumerate() if thread not in others):
        return False
    # After the threads: the last thing that one did may have been to leave something here.
    return not trio.lowlevel.current_statistics().run_sync_soon_queue_size


def _is_busy(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and module_of(frame) not in _POOLS


def users_tasks() -> Iterator[trio.lowlevel.Task]:
    """Yield all tasks of this run that are not trio's own."""
    root = trio.lowlevel.current_root_task()
    assert root is not None, "the first task is there as long as the run is"
    # The first of its nurseries is trio's: wake-ups from outside, which come only if a task waits for them.
    for nursery in root.child_nurseries[1:]:
        for task in nursery.child_tasks:
            yield from all_tasks(task)
