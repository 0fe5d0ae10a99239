"""Names of tasks as a reader wants them: short, and with a number where several have the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import cast

import trio

from .scheduler_door import age

__all__ = ["function_name", "last_part", "short_name", "unique_names"]

#: What is called without having a name of its own is named by trio with its address.
_OBJECT = re.compile(r"<(\S+) object at 0x[0-9A-Fa-f]+>")
#: Modules, classes and functions around a name, but not what is before the dot of ``GET shop.org``.
_AROUND = re.compile(r"^(?:(?:[^\W\d]\w*|<locals>)\.)+(?=[^\W\d]|<)")


def function_name(fn: object) -> str:
    """Return the name of what is called, whatever `functools.partial` is around it."""
    while isinstance(fn, partial):
        fn = cast("partial[object]", fn).func
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


def last_part(name: str) -> str:
    """Return ``worker`` for ``shop.main.<locals>.worker``, ``Job`` for ``<shop.Job object at 0x1a2b>``."""
    found = _OBJECT.fullmatch(name)
    return _AROUND.sub("", found[1] if found else name)


def short_name(task: trio.lowlevel.Task) -> str:
    """Return ``worker`` for ``shop.main.<locals>.worker``."""
    return last_part(task.name)


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
