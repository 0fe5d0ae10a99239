"""What is measured: contenders that do the same work, and targets that compare two of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

__all__ = [
    "Case",
    "CaseResult",
    "Checked",
    "Contender",
    "Effort",
    "Loop",
    "Row",
    "Target",
    "Tick",
    "Unit",
    "Work",
    "at_most",
    "faster",
]

#: Does the work on so many items and returns a result that can be checked.
Work: TypeAlias = Callable[[int], Awaitable[Any]]
Loop: TypeAlias = Literal["trio", "asyncio"]
#: What a row's value is: a ratio of times ("x", smaller is better), its inverse ("x faster", larger is
#: better), calls, mebibytes or milliseconds (smaller is better).
Unit: TypeAlias = Literal["x", "x faster", "calls", "MiB", "ms"]
#: Called after each step with what comes next, for the progress display.
Tick: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Contender:
    """One way to do a case's work.

    Attributes:
      name: As it is shown.
      make: Imports what is needed and returns the work. Called only if ``needs`` is installed.
      loop: Which loop the work runs on.
      needs: The package it needs beyond trio and this library, as it is imported.
    """

    name: str
    make: Callable[[], Work]
    loop: Loop = "trio"
    needs: str | None = None


@dataclass(frozen=True)
class Target:
    """A comparison of two contenders of a case, and what to reach.

    Attributes:
      title: What is compared, in words.
      subject: The contender that is judged, by name.
      reference: The one that it is compared with.
      unit: ``"x"``: time of the subject over that of the reference; ``"x faster"``: the inverse.
      must: The floor to reach; None if the row is for information.
      goal: What to aim at.
      goal_like: In place of ``goal``: a contender whose own ratio to the reference is the goal.
      goal_text: The goal in words, if a number does not say all.
    """

    title: str
    subject: str
    reference: str
    unit: Unit = "x"
    must: float | None = None
    goal: float | None = None
    goal_like: str | None = None
    goal_text: str = ""


def at_most(
    title: str,
    subject: str,
    reference: str,
    must: float | None = None,
    goal: float | None = None,
    *,
    goal_text: str = "",
) -> Target:
    """Compare ``subject``'s time with ``reference``'s; without ``must``, for information."""
    return Target(title, subject, reference, "x", must, goal, goal_text=goal_text)


def faster(
    title: str,
    subject: str,
    reference: str,
    must: float | None = None,
    goal: float | None = None,
    *,
    goal_like: str | None = None,
    goal_text: str = "",
) -> Target:
    """Say how many times faster ``subject`` is than ``reference``; without ``must``, for information."""
    return Target(title, subject, reference, "x faster", must, goal, goal_like, goal_text)


@dataclass(frozen=True)
class Row:
    """A measured value beside its floor and its goal.

    Attributes:
      case: The slug of its case.
      title: What was measured.
      subject: What is judged.
      reference: What it was compared with, or "".
      unit: What the numbers are.
      value: The median, or None if it could not be measured; ``note`` says why.
      low: The lower quartile.
      high: The upper quartile.
      must: The floor, or None for a row for information.
      goal: The goal, if it is a number.
      goal_text: The goal in words, in place of the number.
      note: Anything to know about it.
    """

    case: str
    title: str
    subject: str
    unit: Unit
    value: float | None
    reference: str = ""
    low: float | None = None
    high: float | None = None
    must: float | None = None
    goal: float | None = None
    goal_text: str = ""
    note: str = ""

    @property
    def verdict(self) -> Literal["goal", "reached", "missed", "info", "not installed"]:
        """Where the value stands."""
        if self.value is None:
            return "not installed"
        if self.must is None:
            return "info"
        if self.goal is not None and self._holds(self.value, self.goal):
            return "goal"
        return "reached" if self._holds(self.value, self.must) else "missed"

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.unit == "x faster" else value <= bound


@dataclass(frozen=True)
class CaseResult:
    """What a case gives: rows for the table, and everything that was measured, fit for JSON."""

    slug: str
    title: str
    rows: list[Row]
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """One contender was run at a small size: its result was right, or its package is not here."""

    case: str
    contender: str
    outcome: Literal["right", "not installed"]


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    quick: bool = False
    rounds: int | None = None

    def pick(self, *, full: int, quick: int) -> int:
        """Choose a size."""
        return quick if self.quick else full

    def pick_rounds(self, *, full: int, quick: int) -> int:
        """Choose a number of rounds, unless it was given."""
        return self.rounds if self.rounds is not None else self.pick(full=full, quick=quick)


class Case(Protocol):
    """Something to measure."""

    @property
    def slug(self) -> str:
        """Its name on the command line."""
        ...

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        ...

    def check(self) -> list[Checked]:
        """Run every contender once at a small size; raise `WrongResult` for a wrong result."""
        ...

    def steps(self, effort: Effort) -> int:
        """How often `measure` will call ``tick``."""
        ...

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Check every contender, then measure."""
        ...
