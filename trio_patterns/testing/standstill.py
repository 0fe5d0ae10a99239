"""A standstill: all tasks wait, and nothing can wake one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import trio

from .wait_graph import all_tasks
from .waits import wait_of

__all__ = ["is_stalled", "users_tasks"]


def is_stalled() -> bool:
    """Tell whether nothing can wake a task of this run, none of which is runnable: no time, thread or I/O."""
    statistics = trio.lowlevel.current_statistics()
    if statistics.seconds_to_next_deadline < math.inf or statistics.run_sync_soon_queue_size:
        return False
    return all(wait_of(task).kind in ("memory", "tasks") for task in users_tasks())


def users_tasks() -> Iterator[trio.lowlevel.Task]:
    """Yield all tasks of this run that are not trio's own."""
    root = trio.lowlevel.current_root_task()
    assert root is not None, "the first task is there as long as the run is"
    # The first of its nurseries is trio's: wake-ups from outside, which come only if a task waits for them.
    for nursery in root.child_nurseries[1:]:
        for task in nursery.child_tasks:
            yield from all_tasks(task)
