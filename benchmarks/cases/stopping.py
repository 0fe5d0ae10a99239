"""How far a stream runs ahead of a consumer that has stopped: a count of calls, not a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import trio
import trio.testing

from trio_patterns.streams import stream

from ..measure import spread
from ..model import CaseResult, Checked, Effort, Row, Tick
from ..verify import WrongResult

__all__ = ["CASES", "StoppingCase", "calls_started"]

LIMIT = 10
TAKEN = 100


async def calls_started(*, ordered: bool, taken: int = TAKEN) -> int:
    """Take so many results of an endless stream, wait until nothing runs, and count the calls started.

    Raises:
      ValueError: if the results are not those of the first items, or fewer calls than results were started.
    """
    started = 0
    results: list[int] = []

    async def call(item: int) -> int:
        nonlocal started
        started += 1
        await trio.lowlevel.checkpoint()
        return item

    async with stream(range(1_000_000)).map(call, limit=LIMIT, ordered=ordered).open() as items:
        while len(results) < taken:
            results.append(await anext(items))
        await trio.testing.wait_all_tasks_blocked()
        count = started
    if len(set(results)) != taken or not set(results) <= set(range(count)):
        raise ValueError(f"{taken} results of the {count} items begun were expected, got {results!r}")
    return count


@dataclass(frozen=True)
class StoppingCase:
    """The most calls that were started in repeated runs."""

    slug: str = "stopping"
    title: str = "calls started while a consumer that stopped has taken 100 results"
    must: float = 140
    goal: float = 120

    _variants = (("map(ordered=False).open()", False), ("map().open()", True))

    def check(self) -> list[Checked]:
        """Run each variant once, with a few results."""
        for name, ordered in self._variants:
            self._once(name, ordered=ordered, taken=20)
        return [Checked(self.slug, name, "right") for name, _ in self._variants]

    def steps(self, effort: Effort) -> int:
        """One for each run."""
        return len(self._variants) * self._runs(effort)

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Count again and again: trio's order of tasks is random, so the count varies."""
        self.check()
        counts: dict[str, list[int]] = {name: [] for name, _ in self._variants}
        for _ in range(self._runs(effort)):
            for name, ordered in self._variants:
                counts[name].append(self._once(name, ordered=ordered))
                tick(name)
        titles = (f"{self.title}, limit 10", f"{self.title}, limit 10, ordered")
        return CaseResult(
            self.slug,
            self.title,
            [
                self._row(title, name, found)
                for title, (name, found) in zip(titles, counts.items(), strict=True)
            ],
            {"limit": LIMIT, "taken": TAKEN, "calls_started": counts},
        )

    def _row(self, title: str, name: str, counts: list[int]) -> Row:
        found = spread(counts)
        return Row(
            self.slug,
            title,
            name,
            "calls",
            found.most,
            low=found.least,
            high=found.most,
            must=self.must,
            goal=self.goal,
            note=f"the most of {len(counts)} runs",
        )

    def _runs(self, effort: Effort) -> int:
        return effort.pick_rounds(full=200, quick=50)

    def _once(self, name: str, *, ordered: bool, taken: int = TAKEN) -> int:
        try:
            return trio.run(partial(calls_started, ordered=ordered, taken=taken))
        except ValueError as wrong:
            raise WrongResult(self.slug, name, str(wrong)) from None


CASES = (StoppingCase(),)
