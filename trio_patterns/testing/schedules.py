"""A schedule: the picks that were made wherever more than one task could run, and its short text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import final

import trio

from .._core.scheduler_door import hold_back
from .probe import Probe

__all__ = ["Pick", "Schedule", "decode", "encode"]

#: Chooses one of the tasks that could run now, oldest first, and returns its index.
Pick = Callable[[Sequence[trio.lowlevel.Task]], int]

#: With ``fair=False`` a task that only ever yields would keep all others waiting; for so long it may.
PATIENCE = 500

_KINDS = {True: "fair", False: "free"}
_PART = re.compile(r"([0-9]{1,7})(?:x([0-9]{1,7}))?")
_WANTED = "replay must be the text that an ExploreFailure gave, such as 'fair:1.0x3.2'"


def encode(picks: Sequence[int], *, fair: bool) -> str:
    """Write picks as text: ``fair:1.0x3.2`` is 1, three times 0, 2, and from then on 0."""
    parts: list[str] = []
    for pick, group in groupby(picks):
        count = len(list(group))
        parts.append(str(pick) if count == 1 else f"{pick}x{count}")
    if parts and picks[-1] == 0:
        parts.pop()
    return f"{_KINDS[fair]}:{'.'.join(parts) or 0}"


def decode(text: str) -> tuple[list[int], bool]:
    """Return the picks that a text stands for, and whether they are of fair passes."""
    if not isinstance(text, str):
        raise TypeError(f"{_WANTED}, got {text!r}")
    kind, colon, rest = text.partition(":")
    picks: list[int] = []
    if not colon or kind not in _KINDS.values():
        raise ValueError(f"{_WANTED}, got {text!r}")
    for part in rest.split(".") if rest else []:
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{_WANTED}, got {text!r}")
        picks += [int(match[1])] * int(match[2] or 1)
    return picks, kind == _KINDS[True]


@final
class Schedule:
    """Orders the tasks of one run as ``pick`` says, and writes down what was picked."""

    def __init__(self, pick: Pick, *, fair: bool) -> None:
        self._pick = pick
        self._fair = fair
        self._running: trio.lowlevel.Task | None = None
        self._patience = PATIENCE
        self._owns: Callable[[trio.lowlevel.Task], bool] = bool
        #: What was picked, and of how many.
        self.picks: list[int] = []
        self.options: list[int] = []

    def begin(self, probe: Probe) -> None:
        """Order only the tasks that belong to the program. trio's own go first."""
        self._owns = probe.owns

    def order(self, batch: list[trio.lowlevel.Task]) -> None:
        """Sort a batch, which trio has sorted by age: first to run first."""
        ready = [task for task in batch if self._owns(task)]
        if len(ready) < 2:
            return
        first = [task for task in batch if not self._owns(task)]
        batch[:] = first + (self._all_of(ready) if self._fair else self._one_of(ready))

    def _all_of(self, ready: list[trio.lowlevel.Task]) -> list[trio.lowlevel.Task]:
        """Put a whole pass in order: every task that is ready takes a step, as in trio."""
        in_order: list[trio.lowlevel.Task] = []
        while len(ready) > 1:
            in_order.append(ready.pop(self._choose(ready)))
        return in_order + ready

    def _one_of(self, ready: list[trio.lowlevel.Task]) -> list[trio.lowlevel.Task]:
        """Let one task take a step, and the others wait for as long as it is not their turn."""
        chosen = ready.pop(self._choose(ready))
        self._patience = self._patience - 1 if chosen is self._running else PATIENCE
        self._running = chosen
        if self._patience <= 0:
            self._patience = PATIENCE
            return [chosen, *ready]
        hold_back(ready)
        return [chosen]

    def _choose(self, ready: Sequence[trio.lowlevel.Task]) -> int:
        pick = self._pick(ready)
        self.picks.append(pick)
        self.options.append(len(ready))
        return pick
