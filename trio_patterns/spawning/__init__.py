"""Starting tasks and getting their results: handles, join sets, gather, race, select, threads.

* `spawn` starts a task in a nursery and returns its `TaskHandle`.
* `open_join_set` gives a `JoinSet`: tasks that fail one by one, collected as they end.
* `gather` waits for all of a few functions, `race` for the first success, `select` for the first end.
* `offload` runs a blocking function in a thread, or in any executor.
* `open_pinned_thread` gives a `PinnedThread`, which runs all its calls on one and the same thread.
"""

from __future__ import annotations

from .gathering import gather
from .join_set import JoinSet
from .join_set_manager import open_join_set
from .offloading import offload
from .pinned_thread import PinnedThread, open_pinned_thread
from .racing import race
from .selecting import Selected, select
from .spawning import spawn
from .task_errors import TaskCancelled, TaskNotDone
from .task_handle import TaskHandle

__all__ = [
    "TaskHandle",
    "TaskNotDone",
    "TaskCancelled",
    "spawn",
    "open_join_set",
    "JoinSet",
    "gather",
    "race",
    "select",
    "Selected",
    "offload",
    "open_pinned_thread",
    "PinnedThread",
]
