"""A case that is a comparison of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from .loops import CPU, WALL, Clock, run_timed
from .measure import interleave, ratios, spread
from .model import CaseResult, Checked, Contender, Effort, Row, Target, Tick, Work
from .peers import is_installed
from .verify import check_result

__all__ = ["Sizes", "TimedCase", "as_it_is"]

#: Seconds between two looks at the clock at least, for a full run and a quick one. A contender that is done
#: sooner does its work several times over; else what disturbs a single run would be most of its time.
SHORTEST = (0.05, 0.02)
MOST_REPEATS = 1_000


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
      clock: What the time is taken with.
    """

    slug: str
    title: str
    contenders: tuple[Contender, ...]
    targets: tuple[Target, ...]
    sizes: Sizes
    expected: Callable[[int], Any]
    normal: Callable[[Any], Any] = as_it_is
    unit: str = "item"
    clock: Clock = CPU

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

        shortest = SHORTEST[effort.quick]
        repeats: dict[str, int] = {}

        def run(name: str) -> float:
            work, loop = works[name], present[name].loop
            seconds, _ = run_timed(work, n, loop, self.clock, repeats=repeats[name])
            tick(name)
            return seconds

        for name, contender in present.items():
            seconds = self._verified(contender, works[name], n)
            repeats[name] = max(1, min(MOST_REPEATS, ceil(shortest / max(seconds, 1e-9))))
            tick(name)
        times = interleave(list(present), self._rounds(effort), run)
        return CaseResult(
            self.slug,
            self.title,
            [self._row(target, times) for target in self.targets],
            {
                "items": n,
                "unit": self.unit,
                "clock": "wall" if self.clock is WALL else "cpu",
                "contenders": self._data(n, times, repeats),
            },
        )

    def _rounds(self, effort: Effort) -> int:
        return effort.pick_rounds(full=self.sizes.rounds, quick=self.sizes.quick_rounds)

    def _works(self) -> dict[str, Work]:
        return {
            contender.name: contender.make()
            for contender in self.contenders
            if contender.needs is None or is_installed(contender.needs)
        }

    def _verified(self, contender: Contender, work: Work, n: int) -> float:
        seconds, result = run_timed(work, n, contender.loop, self.clock)
        check_result(self.slug, contender.name, self.normal(result), self.expected(n))
        return seconds

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

    def _data(self, n: int, times: dict[str, list[float]], repeats: dict[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "name": contender.name,
                "loop": contender.loop,
                "needs": contender.needs,
                "repeats": repeats.get(contender.name),
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
