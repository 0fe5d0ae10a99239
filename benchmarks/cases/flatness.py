"""Cost per item, against the number of items and against the limit: it should not depend on either."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from trio_patterns.streams import stream

from ..loops import CPU, Clock, run_timed
from ..measure import interleave, ratios, spread
from ..model import CaseResult, Checked, Effort, Row, Tick
from ..verify import check_result
from .shared import bare_loops, one_checkpoint

__all__ = ["CASES", "Curve", "FlatnessCase"]

#: Runs a pipeline over so many items with such a limit, and returns the number of results.
Run = Callable[[int, int], Awaitable[int]]


async def _unordered(n: int, limit: int) -> int:
    return await stream(range(n)).map(one_checkpoint, limit=limit, ordered=False).count()


async def _ordered(n: int, limit: int) -> int:
    return await stream(range(n)).map(one_checkpoint, limit=limit).count()


async def _loops(n: int, limit: int) -> int:
    return len(await bare_loops(n, limit))


UNORDERED = "map(ordered=False)"
ORDERED = "map()"
LOOPS = "bare loops"
RUNS: dict[str, Run] = {UNORDERED: _unordered, ORDERED: _ordered, LOOPS: _loops}
#: The loops are the floor. They keep their results, so with a million items it is the list that would cost.
OWN = (UNORDERED, ORDERED)


@dataclass(frozen=True)
class Curve:
    """What is varied, and how far the cost may vary with it.

    Attributes:
      axis: What is varied.
      points: Pairs of items and limit.
      names: What is timed at each point.
      must: The floor: the dearest point over the cheapest, or over as many bare loops.
      flat: What still counts as flat, the goal.
      repeats: How often the work is done in one timing, for each point.
    """

    axis: Literal["items", "limit"]
    points: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    must: float
    flat: float
    repeats: tuple[int, ...]


@dataclass(frozen=True)
class FlatnessCase:
    """The dearest item over the cheapest one, along each curve."""

    slug: str = "flat"
    title: str = "cost per item against the number of items and the limit"
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    quick_sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    #: How many items there are where the limit is varied.
    some: int = 50_000
    quick_some: int = 20_000
    limits: tuple[int, ...] = (1, 10, 100, 1_000)
    clock: Clock = CPU

    def check(self) -> list[Checked]:
        """Run each with few items and several limits."""
        for name in RUNS:
            for limit in (1, 10, 100):
                self._seconds(name, 150, limit, 1)
        return [Checked(self.slug, name, "right") for name in RUNS]

    def steps(self, effort: Effort) -> int:
        """One for each run."""
        one_round = sum(len(curve.points) * len(curve.names) for curve in self._curves(effort))
        return one_round * (1 + self._rounds(effort))

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Time all points of a curve in turn, each giving the right number of results."""
        rows: list[Row] = []
        data: dict[str, Any] = {}
        for curve in self._curves(effort):
            costs = self._costs(curve, self._rounds(effort), tick)
            rows += [self._row(curve, name, costs) for name in curve.names]
            if LOOPS in curve.names:
                rows += [self._overhead(curve, name, costs) for name in OWN]
            data[curve.axis] = [
                {
                    "name": name,
                    "items": n,
                    "limit": limit,
                    "microseconds_each": median(costs[name, place]) * 1e6,
                    "seconds_each": costs[name, place],
                }
                for name in curve.names
                for place, (n, limit) in enumerate(curve.points)
            ]
        return CaseResult(self.slug, self.title, rows, data)

    def _curves(self, effort: Effort) -> list[Curve]:
        sizes = self.quick_sizes if effort.quick else self.sizes
        some = effort.pick(full=self.some, quick=self.quick_some)
        # A short run is repeated, so that each time is that of enough items to be steady.
        repeats = tuple(max(1, some // n) for n in sizes)
        limits = tuple((some, limit) for limit in self.limits)
        return [
            Curve("items", tuple((n, 10) for n in sizes), OWN, 1.1, 1.03, repeats),
            Curve("limit", limits, tuple(RUNS), 1.5, 1.1, (1,) * len(limits)),
        ]

    def _rounds(self, effort: Effort) -> int:
        return effort.pick_rounds(full=5, quick=3)

    def _costs(self, curve: Curve, rounds: int, tick: Tick) -> dict[tuple[str, int], list[float]]:
        keys = {
            f"{name} {place}": (name, place) for place in range(len(curve.points)) for name in curve.names
        }

        def run(key: str) -> float:
            name, place = keys[key]
            n, limit = curve.points[place]
            seconds = self._seconds(name, n, limit, curve.repeats[place])
            tick(f"{name}, {n:,} items, limit {limit}")
            return seconds

        for key in keys:
            run(key)
        times = interleave(list(keys), rounds, run)
        return {keys[key]: found for key, found in times.items()}

    def _seconds(self, name: str, n: int, limit: int, repeats: int) -> float:
        async def work(n: int) -> int:
            return await RUNS[name](n, limit)

        seconds, found = run_timed(work, n, "trio", self.clock, repeats=repeats)
        check_result(self.slug, f"{name} with limit {limit}", found, n)
        return seconds / n

    def _row(self, curve: Curve, name: str, costs: dict[tuple[str, int], list[float]]) -> Row:
        """The dearest point over the cheapest, which the medians tell, round by round."""
        points = sorted((costs[name, place] for place in range(len(curve.points))), key=median)
        found = spread(ratios(points[-1], points[0]))
        # With more tasks there are fewer rounds of the scheduler: bare loops vary by as much. So where the
        # limit is varied, `_overhead` is judged.
        judged = name in OWN and curve.axis == "items"
        varied = {"items": [n for n, _ in curve.points], "limit": [limit for _, limit in curve.points]}
        first, *_, last = varied[curve.axis]
        span = f"from {first:,} to {last:,} items" if curve.axis == "items" else "at limit 1, 10, 100, 1000"
        return Row(
            self.slug,
            f"cost per item {span}, {name}",
            name,
            "x",
            found.median,
            low=found.low,
            high=found.high,
            must=curve.must if judged else None,
            goal=curve.flat if judged else None,
            goal_text=f"flat (at most {curve.flat}x)" if judged else "",
            note="dearest over cheapest",
        )

    def _overhead(self, curve: Curve, name: str, costs: dict[tuple[str, int], list[float]]) -> Row:
        """The limit at which most is lost to as many bare loops."""
        found = [
            (spread(ratios(costs[name, place], costs[LOOPS, place])), limit)
            for place, (_, limit) in enumerate(curve.points)
        ]
        worst, limit = max(found, key=lambda one: one[0].median)
        return Row(
            self.slug,
            f"cost per item at limit 1, 10, 100, 1000, {name} against as many bare loops, the worst",
            f"{name}, limit 1 to 1000",
            "x",
            worst.median,
            LOOPS,
            low=worst.low,
            high=worst.high,
            must=curve.must,
            goal=curve.flat,
            goal_text=f"flat (at most {curve.flat}x)",
            note=f"at limit {limit}",
        )


CASES = (FlatnessCase(),)
