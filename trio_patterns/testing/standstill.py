"""A standstill: all tasks wait, and nothing can wake one."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import trio

from .._core.frames import module_of
from .._core.waits import wait_of
from .wait_graph import all_tasks

__all__ = ["is_stalled", "threads_now", "users_tasks"]

#: Where a thread of a pool waits for something to do.
_POOLS = {("trio._core._thread_cache", "_work"), ("concurrent.futures.thread", "_worker")}
#: A thread that has been given something may not have begun yet: so often, in steps of 5 ms, it is looked at.
LOOKS = 20


def threads_now() -> AbstractSet[threading.Thread]:
    """Return the threads that are at work before the run; they are none of its business.

    An idle one of a pool is not among them: the run may give it something to do.
    """
    return {thread for thread in threading.enumerate() if _is_busy(thread)}


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
    return not _is_helped(others)


def _is_helped(others: AbstractSet[threading.Thread]) -> bool:
    """Tell whether a thread is at work, or has left something for this run."""
    for _ in range(LOOKS):
        helpers = set(threading.enumerate()) - others - {threading.current_thread()}
        if any(_is_busy(thread) for thread in helpers):
            return True
        # After the threads: the last thing that one did may have been to leave something here.
        if trio.lowlevel.current_statistics().run_sync_soon_queue_size:
            return True
        if not helpers:
            break
        time.sleep(0.005)
    return False


def _is_busy(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and (module_of(frame), frame.f_code.co_name) not in _POOLS


def users_tasks() -> Iterator[trio.lowlevel.Task]:
    """Yield all tasks of this run that are not trio's own."""
    root = trio.lowlevel.current_root_task()
    assert root is not None, "the first task is there as long as the run is"
    # The first of its nurseries is trio's: wake-ups from outside, which come only if a task waits for them.
    for nursery in root.child_nurseries[1:]:
        for task in nursery.child_tasks:
            yield from all_tasks(task)
