"""Who waits for what, and who holds it: the picture of a standstill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import trio

from .._core.frames import Place
from .._core.naming import unique_names
from .._core.scheduler_door import age
from .._core.waits import Wait, wait_of

__all__ = ["Holder", "WaitGraph", "WaitingTask", "all_tasks", "wait_graph"]

#: Finds where each task has asked for an object, in order; trio keeps no account of lines, nor of semaphores.
Account = Callable[[object], Mapping[trio.lowlevel.Task, Sequence[Place | None]]]


@dataclass(frozen=True, slots=True)
class Holder:
    """A task that holds what another one waits for."""

    task: str
    """The task's name."""
    acquired_at: Place | None
    """Where it took it; None if that was not recorded."""

    def __str__(self) -> str:
        return self.task if self.acquired_at is None else f"{self.task}, since {self.acquired_at}"


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """One task of a standstill."""

    name: str
    """The task's name; a number is added where several have the same."""
    waits_for: str
    """What it waits for, in words; the same object has the same number."""
    place: Place | None
    """The line of your code that waits."""
    held_by: tuple[Holder, ...]
    """Who could let it go on."""

    def __str__(self) -> str:
        text = f"{self.name} waits for {self.waits_for}"
        if self.place is not None:
            text += f"\n    at {self.place}"
            text += f"\n        {self.place.source}" if self.place.source else ""
        return text + "".join(f"\n    held by {holder}" for holder in self.held_by)


@dataclass(frozen=True, slots=True)
class WaitGraph:
    """All tasks of a standstill, parents before their children, and the circle among them if there is one."""

    tasks: tuple[WaitingTask, ...]
    """Every task below the one that was looked at, itself the first."""
    cycle: tuple[str, ...]
    """Names of tasks that wait for each other in a circle: each for the next, the last for the first."""

    def __str__(self) -> str:
        lines = [str(task) for task in self.tasks]
        if self.cycle:
            lines.append(f"in a circle: {' -> '.join([*self.cycle, self.cycle[0]])}")
        return "\n".join(lines)


def all_tasks(root: trio.lowlevel.Task) -> Iterator[trio.lowlevel.Task]:
    """Yield ``root`` and every task below it, parents first, siblings by age."""
    yield root
    for nursery in root.child_nurseries:
        for child in sorted(nursery.child_tasks, key=age):
            yield from all_tasks(child)


def wait_graph(tasks: Iterable[trio.lowlevel.Task], account: Account | None = None) -> WaitGraph:
    """Draw the graph of tasks that all wait."""
    waits = {task: wait_of(task) for task in tasks}
    names = unique_names(waits)
    numbers = _numbers(waits.values())
    drawn: list[WaitingTask] = []
    edges: dict[trio.lowlevel.Task, list[trio.lowlevel.Task]] = {}
    for task, wait in waits.items():
        holders = list(_holders(wait, account, waits))
        edges[task] = [holder for holder, _ in holders if holder in waits]
        shown = () if wait.kind == "tasks" else holders
        drawn.append(
            WaitingTask(
                names[task],
                wait.text + numbers.get(id(wait.what), ""),
                wait.place,
                tuple(Holder(names.get(holder, holder.name), place) for holder, place in shown),
            )
        )
    return WaitGraph(tuple(drawn), tuple(names[task] for task in _cycle(edges)))


def _numbers(waits: Iterable[Wait]) -> dict[int, str]:
    """Give objects of the same text a number, so that two locks can be told apart."""
    objects: dict[str, list[int]] = {}
    for wait in waits:
        if wait.what is not None and wait.kind == "memory":
            known = objects.setdefault(wait.text, [])
            if id(wait.what) not in known:
                known.append(id(wait.what))
    return {
        identity: f" #{number}"
        for known in objects.values()
        if len(known) > 1
        for number, identity in enumerate(known, 1)
    }


def _holders(
    wait: Wait, account: Account | None, waits: Mapping[trio.lowlevel.Task, Wait]
) -> Iterator[tuple[trio.lowlevel.Task, Place | None]]:
    asked: Mapping[trio.lowlevel.Task, Sequence[Place | None]] = {}
    if account is not None and wait.what is not None:
        asked = account(wait.what)

    def taken(task: trio.lowlevel.Task) -> Sequence[Place | None]:
        places = asked.get(task, ())
        waiting = waits.get(task)
        # The last one is what it still waits for.
        return places[:-1] if waiting is not None and waiting.what is wait.what else places

    match wait.what:
        case trio.Nursery():
            for child in sorted(wait.what.child_tasks, key=age):
                yield child, None
        case trio.Lock() | trio.StrictFIFOLock():
            owner = wait.what.statistics().owner
            if owner is not None:  # pragma: no branch - a lock that is waited for has one
                yield owner, next(reversed(taken(owner)), None)
        case trio.CapacityLimiter():
            for borrower in wait.what.statistics().borrowers:
                if isinstance(borrower, trio.lowlevel.Task):
                    yield borrower, next(reversed(taken(borrower)), None)
        case trio.Semaphore():
            for task in asked:
                if places := taken(task):
                    yield task, places[-1]
        case _:
            pass


def _cycle(edges: dict[trio.lowlevel.Task, list[trio.lowlevel.Task]]) -> list[trio.lowlevel.Task]:
    """Return the tasks of one circle, in order, or nothing."""
    done: set[trio.lowlevel.Task] = set()
    for start in edges:
        path: list[trio.lowlevel.Task] = []
        pending = [(start, 0)]
        while pending:
            task, depth = pending.pop()
            done.update(path[depth:])
            del path[depth:]
            if task in path:
                return path[path.index(task) :]
            if task in done:
                continue
            path.append(task)
            pending.extend((held, depth + 1) for held in edges[task])
        done.update(path)
    return []
