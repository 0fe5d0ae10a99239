"""A case that is a comparison of times."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .loops import Clock, run_timed
from .measure import interleave, ratios, spread
from .model import CaseResult, Checked, Contender, Effort, Row, Target, Tick, Work
from .peers import is_installed
from .verify import check_result

__all__ = ["Sizes", "TimedCase", "as_it_is"]


@dataclass(frozen=True)
class Sizes:
    """How many items a case handles, and in how many rounds."""

    full: int
    quick: int
    tiny: int = 230
    rounds: int = 15
    quick_rounds: int = 5


def as_it_is(result: Any) -> Any:
    """Compare a result with what is expected without further ado."""
    return result


@dataclass(frozen=True)
class TimedCase:
    """Contenders that do the same work, and the targets that compare them.

    Attributes:
      expected: The right result for so many items.
      normal: Brings a result into the form of ``expected``: `sorted` where the order is not defined.
      unit: What the work consists of, for the times in the report.
    """

    slug: str
    title: str
    contenders: tuple[Contender, ...]
    targets: tuple[Target, ...]
    sizes: Sizes
    expected: Callable[[int], Any]
    normal: Callable[[Any], Any] = as_it_is
    unit: str = "item"
    clock: Clock = time.perf_counter

    def check(self) -> list[Checked]:
        """Run every contender once at the smallest size."""
        works = self._works()
        for contender in self.contenders:
            if contender.name in works:
                self._verified(contender, works[contender.name], self.sizes.tiny)
        return [
            Checked(self.slug, contender.name, "right" if contender.name in works else "not installed")
            for contender in self.contenders
        ]

    def steps(self, effort: Effort) -> int:
        """One for each run, warm-up included."""
        return len(self._works()) * (1 + self._rounds(effort))

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Warm every contender up, checking its result at full size, then time all in turn."""
        n = effort.pick(full=self.sizes.full, quick=self.sizes.quick)
        works = self._works()
        present = {one.name: one for one in self.contenders if one.name in works}

        def run(name: str) -> float:
            seconds, _ = run_timed(works[name], n, present[name].loop, self.clock)
            tick(name)
            return seconds

        for name, contender in present.items():
            self._verified(contender, works[name], n)
            tick(name)
        times = interleave(list(present), self._rounds(effort), run)
        return CaseResult(
            self.slug,
            self.title,
            [self._row(target, times) for target in self.targets],
            {"items": n, "unit": self.unit, "contenders": self._data(n, times)},
        )

    def _rounds(self, effort: Effort) -> int:
        return effort.pick_rounds(full=self.sizes.rounds, quick=self.sizes.quick_rounds)

    def _works(self) -> dict[str, Work]:
        return {
            contender.name: contender.make()
            for contender in self.contenders
            if contender.needs is None or is_installed(contender.needs)
        }

    def _verified(self, contender: Contender, work: Work, n: int) -> None:
        _, result = run_timed(work, n, contender.loop)
        check_result(self.slug, contender.name, self.normal(result), self.expected(n))

    def _row(self, target: Target, times: dict[str, list[float]]) -> Row:
        by_name = {contender.name: contender for contender in self.contenders}
        needed = [target.subject, target.reference]
        missing = [str(by_name[name].needs) for name in needed if name not in times]
        row = Row(
            self.slug,
            target.title,
            target.subject,
            target.unit,
            None,
            target.reference,
            must=target.must,
            goal=target.goal,
            goal_text=target.goal_text,
            note=f"{' and '.join(missing)} not installed" if missing else "",
        )
        if missing:
            return row
        value = spread(_compare(target, target.subject, times))
        goal, goal_text = target.goal, target.goal_text
        if target.goal_like is not None:
            goal = spread(_compare(target, target.goal_like, times)).median
            goal_text = f"{target.goal_text}: {goal:.2f}x"
        measured = {"value": value.median, "low": value.low, "high": value.high}
        return Row(**(asdict(row) | measured | {"goal": goal, "goal_text": goal_text}))

    def _data(self, n: int, times: dict[str, list[float]]) -> list[dict[str, Any]]:
        return [
            {
                "name": contender.name,
                "loop": contender.loop,
                "needs": contender.needs,
                "seconds": times.get(contender.name),
                "microseconds_each": (
                    spread([seconds / n * 1e6 for seconds in times[contender.name]]).median
                    if contender.name in times
                    else None
                ),
            }
            for contender in self.contenders
        ]


def _compare(target: Target, subject: str, times: dict[str, list[float]]) -> list[float]:
    if target.unit == "x faster":
        return ratios(times[target.reference], times[subject])
    return ratios(times[subject], times[target.reference])
