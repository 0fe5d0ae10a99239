"""`dump_tasks`: which tasks there are now, and at which line each one waits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

import trio

from .._core.frames import Place, place_of
from .._core.naming import unique_names
from .._core.scheduler_door import age
from .stacks import Stacks, has_begun, is_trios_loop, is_trios_own
from .words import one_line, place_words, printable

__all__ = ["dump_tasks", "tree_of"]


def dump_tasks(*, stacks: bool = False) -> str:
    """Return the tree of all tasks of this run as text, each with what it waits on and at which line.

    It is for a program that hangs: look for the task that waits on what nobody is going to do. For one that
    can't call it any more there is `install_dump_signal`.

    Synopsis::

        print(dump_tasks(), file=sys.stderr)

    Args:
      stacks: Whether to show all lines of yours that led to each wait, and not just the innermost one.

    Returns:
      A line for each task, indented below the task whose nursery it is in, tasks that were started first
      before others. trio's own tasks are left out. Your program's first task is the first line; the task
      that calls is the one that runs.

    Raises:
      RuntimeError: outside of a trio run.

    Cancellation:
      Not an async function: it is never interrupted, and wakes no task.

    Cost:
      O(tasks), some ten microseconds for each.

    Source:
      ``py-spy dump`` and tokio-console's task list; here with nurseries, and without another process.

    See Also:
      `install_dump_signal`, `record` for what happened before.
    """
    running = trio.lowlevel.current_task() if trio.lowlevel.in_trio_task() else None
    return tree_of(trio.lowlevel.current_root_task(), running, sys._getframe(1), stacks=stacks)


def tree_of(
    root: trio.lowlevel.Task | None,
    running: trio.lowlevel.Task | None,
    frame: FrameType | None,
    *,
    stacks: bool,
) -> str:
    """Return the tree below trio's ``root``; ``running`` is the task that is at ``frame``, if one runs."""
    tops = list(_programs_own(root)) if root is not None else []
    every = [task for top in tops for _, task in _below(top, 0)]
    names = unique_names(every)
    reader = Stacks()
    lines: list[str] = []
    for top in tops:
        for depth, task in _below(top, 0):
            indent = "    " * depth
            if task is running:
                label, places = "runs", _running_places(frame)
            elif getattr(task.coro, "cr_running", False):  # at this moment, in another thread
                label, places = "runs", _running_places(_innermost_frame(task))
            elif not has_begun(task):
                label, places = "has not begun", ()
            else:
                waiting = reader.of(task)
                label, places = f"waits on {waiting.label or 'something'}", waiting.stack
            shown = places[::-1] if stacks else places[-1:]
            at = f" at {place_words(shown[0])}" if shown else ""
            lines.append(f"{indent}{one_line(names[task])} {label}{at}")
            source = shown[0].source if shown else ""
            lines += [f"{indent}    > {source}"] if source else []
            lines += [f"{indent}    called at {place_words(place)}" for place in shown[1:]]
    return printable("\n".join(lines)) + "\n" if lines else "no tasks\n"


def _programs_own(root: trio.lowlevel.Task) -> Iterator[trio.lowlevel.Task]:
    """Yield the tasks that trio's first task has started for the program: its first one, and system tasks."""
    for nursery in reversed(root.child_nurseries):  # the program's nursery is inside of that of trio's tasks
        for task in sorted(nursery.child_tasks, key=age):
            if not is_trios_own(task):
                yield task


def _below(task: trio.lowlevel.Task, depth: int) -> Iterator[tuple[int, trio.lowlevel.Task]]:
    pending = [(depth, task)]  # not by recursion: a program may nest more deeply than that goes
    while pending:
        depth, task = pending.pop()
        yield depth, task
        for nursery in reversed(task.child_nurseries):
            children = sorted(nursery.child_tasks, key=age, reverse=True)
            pending.extend((depth + 1, child) for child in children)


def _innermost_frame(task: trio.lowlevel.Task) -> FrameType | None:
    outermost = task.coro.cr_frame
    for innermost in sys._current_frames().values():
        frame: FrameType | None = innermost
        while frame is not None and frame is not outermost:
            frame = frame.f_back
        if frame is not None:
            return innermost
    return outermost


def _running_places(frame: FrameType | None) -> tuple[Place, ...]:
    frames: list[tuple[FrameType, int]] = []
    while frame is not None and not is_trios_loop(frame):
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    place = place_of(frames[::-1])
    return () if place is None else (place,)
