"""Names of tasks as a reader wants them: short, and with a number where several have the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import cast

import trio

from .scheduler_door import age

__all__ = ["function_name", "short_name", "unique_names"]


def function_name(fn: object) -> str:
    """Return the name of what is called, whatever `functools.partial` is around it."""
    while isinstance(fn, partial):
        fn = cast("partial[object]", fn).func
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


def short_name(task: trio.lowlevel.Task) -> str:
    """Return ``worker`` for ``shop.main.<locals>.worker``."""
    return task.name.rpartition(".")[2]


def unique_names(tasks: Iterable[trio.lowlevel.Task]) -> dict[trio.lowlevel.Task, str]:
    """Return short names; those of one name are numbered in the order in which they were started."""
    names = {task: short_name(task) for task in sorted(tasks, key=age)}
    totals: dict[str, int] = {}
    for name in names.values():
        totals[name] = totals.get(name, 0) + 1
    seen: dict[str, int] = {}
    for task, name in names.items():
        if totals[name] > 1:
            seen[name] = seen.get(name, 0) + 1
            names[task] = f"{name} #{seen[name]}"
    return names
