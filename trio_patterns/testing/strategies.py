"""Strategies: which of the tasks that could run now, in run after run."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import trio

from .schedules import Pick, Schedule

__all__ = ["Exhaustive", "PriorityBased", "Random", "Replayed", "Strategy"]


class Strategy(ABC):
    """Gives one `Pick` for each run, and sees what came of it."""

    #: Whether there is no other order, as far as the runs have shown.
    complete = False

    @abstractmethod
    def next_pick(self) -> Pick | None:
        """Return how to pick in the next run, or None when there is no other order."""

    def learn(self, schedule: Schedule, steps: int) -> None:  # noqa: B027 - most have nothing to learn
        """See what was picked in the run, of how many, and how many steps it had."""


class _Seeded(Strategy):
    """One whose runs have a random generator each, made from the seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._run = 0

    def _generator(self) -> random.Random:
        self._run += 1
        return random.Random(f"{self._seed}/{self._run - 1}")

    def learn(self, schedule: Schedule, steps: int) -> None:
        # Nothing to pick in the first run: so it is in all of them. (If not, time or chance plays a part.)
        self.complete = self._run == 1 and not schedule.picks


@final
class Random(_Seeded):
    """Picks at random."""

    def next_pick(self) -> Pick | None:
        if self.complete:
            return None
        generator = self._generator()
        return lambda ready: generator.randrange(len(ready))


@final
class PriorityBased(_Seeded):
    """Gives each task a random priority, and always runs the highest, lowering one at a few random steps.

    A bug that needs ``depth`` events in a certain order is found with a probability of at least
    1 / (tasks * steps ** (depth - 1)) in each run (Burckhardt and others, "A randomized scheduler with
    probabilistic guarantees of finding bugs", 2010). The first run only counts the steps.
    """

    def __init__(self, seed: int, depth: int) -> None:
        super().__init__(seed)
        self._depth = depth
        self._steps = 1

    def next_pick(self) -> Pick | None:
        if self.complete:
            return None
        generator = self._generator()
        changes = {generator.randrange(self._steps): -place for place in range(1, self._depth)}
        priorities: dict[trio.lowlevel.Task, float] = {}
        step = 0

        def pick(ready: Sequence[trio.lowlevel.Task]) -> int:
            nonlocal step
            for task in ready:
                if task not in priorities:
                    priorities[task] = generator.random()
            best = max(ready, key=priorities.__getitem__)
            if step in changes:
                priorities[best] = changes[step]
                best = max(ready, key=priorities.__getitem__)
            step += 1
            return ready.index(best)

        return pick

    def learn(self, schedule: Schedule, steps: int) -> None:
        super().learn(schedule, steps)
        self._steps = max(self._steps, len(schedule.picks))


@final
class Replayed(Strategy):
    """Picks what a list says, and from then on the task that was started first. One run."""

    def __init__(self, picks: Sequence[int]) -> None:
        self._picks = picks
        self._done = False

    def next_pick(self) -> Pick | None:
        if self._done:
            return None
        self._done = True
        return follow(self._picks)


@final
class Exhaustive(Strategy):
    """Goes through all orders, depth first: the last pick that has another option takes it."""

    def __init__(self) -> None:
        self._prefix: list[int] | None = []
        self._options: list[int] = []
        self._strayed = False

    def next_pick(self) -> Pick | None:
        return None if self._prefix is None else follow(self._prefix)

    def learn(self, schedule: Schedule, steps: int) -> None:
        picks, options = list(schedule.picks), list(schedule.options)
        self._strayed |= options[: len(self._options)] != self._options
        while picks and picks[-1] + 1 >= options[-1]:
            picks.pop()
            options.pop()
        if picks:
            picks[-1] += 1
        self._prefix, self._options = picks or None, options
        # Never for a program that did not do the same every time.
        self.complete = self._prefix is None and not self._strayed


def follow(picks: Sequence[int]) -> Pick:
    """Return a pick that follows a list as far as it goes, and takes the first task from then on."""
    made = 0

    def pick(ready: Sequence[trio.lowlevel.Task]) -> int:
        nonlocal made
        made += 1
        # A list for another program, or one that shrinking has made up, may ask for a task that is not there.
        return min(picks[made - 1], len(ready) - 1) if made <= len(picks) else 0

    return pick
