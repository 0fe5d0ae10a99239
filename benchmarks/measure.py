"""How times are taken: interleaved, in rotating order, and judged by medians of ratios."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

__all__ = ["Spread", "interleave", "ratios", "spread"]


@dataclass(frozen=True)
class Spread:
    """A sample in five numbers."""

    median: float
    low: float
    high: float
    least: float
    most: float


def interleave(
    names: Sequence[str],
    rounds: int,
    run: Callable[[str], float],
    settle: Callable[[], object] = gc.collect,
) -> dict[str, list[float]]:
    """Time every name once in each round, so that a slow minute of the machine hits all alike.

    Args:
      names: What to time.
      rounds: How often, >= 1.
      run: Does the work of a name once and returns the seconds it took.
      settle: Called before each run, outside of its time.

    Returns:
      The seconds for each name, in the order of the rounds. Round k begins with name k, so that nobody
      always runs first, or always after the same one has warmed or cooled the machine at the round's start.
    """
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            settle()
            times[name].append(run(name))
    return times


def ratios(upper: Sequence[float], lower: Sequence[float]) -> list[float]:
    """Divide round by round: what slowed a whole round down cancels out."""
    return [one / other for one, other in zip(upper, lower, strict=True)]


def spread(values: Sequence[float]) -> Spread:
    """Median, quartiles and extremes of at least one value."""
    if len(values) == 1:
        return Spread(*[values[0]] * 5)
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high, min(values), max(values))
