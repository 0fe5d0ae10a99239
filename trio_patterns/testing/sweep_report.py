"""What a sweep has tried, and the point at which it broke."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from .._core.frames import Place

__all__ = ["FailedPoint", "Replay", "SweepFailure", "SweepReport"]

#: A point, or a pair of them: the soft cancel and the hard one (None: no hard one).
Replay: TypeAlias = "int | tuple[int, int | None]"

#: How many failing points a message lists.
_MANY = 20


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep that found nothing has tried. ``str(report)`` is a line for the log."""

    points: int
    """Places tried, the one before the start included."""
    total: int
    """Places there are; more than ``points`` if ``max_points`` left some out."""
    cancelled: int
    """In how many runs the cancellation, or the injected error, ended the program."""
    finished: int
    """In how many runs the program ended by itself: nothing was left to cancel, or it recovered."""
    missed: int
    """In how many runs the point was not reached: such a program does not do the same in every run."""
    seconds: float
    """Real time it took."""
    kind: str = "cancelled"
    """What was made to happen: ``"cancelled"``, ``"failed"`` or ``"stopped"`` (softly, then cancelled)."""

    def __str__(self) -> str:
        of = f"all {self.total}" if self.points == self.total else f"{self.points} of {self.total}"
        text = f"{self.kind} at {of} points: {self.cancelled} ended by it, {self.finished} finished"
        if self.missed:
            text += f", {self.missed} not reached (the program is not the same in every run)"
        return f"{text}; {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class FailedPoint:
    """One point at which the program is not safe."""

    replay: Replay
    """What to pass back as ``replay=``."""
    idle: bool
    """Whether all tasks were waiting."""
    where: tuple[tuple[str, Place | None], ...]
    """Name and line of the task whose turn it was; of every task, if all were waiting."""
    raised: tuple[tuple[str, Place | None], ...]
    """Name and line of the tasks that the cancellation reached, in this order."""
    problem: str
    """What was wrong."""

    def label(self) -> str:
        """Name the point as a reader does: ``4``, or ``4+7`` for a soft and a hard cancel."""
        if isinstance(self.replay, int):
            return str(self.replay)
        soft, hard = self.replay
        return str(soft) if hard is None else f"{soft}+{hard}"


class SweepFailure(AssertionError):  # noqa: N818 - like pytest's, and AssertionError itself
    """A program is not safe at one point or more. The message shows the first of them; the rest are listed.

    The exception behind it, if there was one, is its ``__cause__``.
    """

    def __init__(self, failures: Iterable[FailedPoint], report: SweepReport, before: str, after: str) -> None:
        self.failures = tuple(failures)
        """Every point that failed, in the order of the points."""
        self.report = report
        """What was tried."""
        self._call = before, after
        super().__init__(self._message())

    @property
    def first(self) -> FailedPoint:
        """The first point that failed."""
        return self.failures[0]

    @property
    def replay(self) -> Replay:
        """The first point that failed, to pass back as ``replay=``."""
        return self.first.replay

    @property
    def task(self) -> str:
        """Name of the task whose turn it was at the first failing point."""
        return self.first.where[0][0] if self.first.where else ""

    @property
    def place(self) -> Place | None:
        """The line at which that task waited."""
        return self.first.where[0][1] if self.first.where else None

    @property
    def problem(self) -> str:
        """What was wrong at the first failing point."""
        return self.first.problem

    def _message(self) -> str:
        first = self.first
        when = "while all tasks wait" if first.idle else "before the next step of a task"
        title = "waiting" if first.idle else "next to run"
        at_start = False
        if self.report.kind == "failed":
            when, title = "where a task waits", "waiting"
        elif first.replay in (0, (0, None), (0, 0)):
            when, at_start = "before the start", True
        verb = "fails" if len(self.failures) == 1 else "fail"
        of = f"{len(self.failures)} of {self.report.points} points {verb}"
        left_out = self.report.total - self.report.points
        rest = f" ({left_out} more not tried)" if left_out else ""
        lines = [
            f"{of}{rest}, first: {self.report.kind} at point {first.label()}, {when}",
            f"  problem: {first.problem}".replace("\n", "\n  "),
            *([] if at_start else _listing(title, first.where)),
            *_listing("cancelled at", first.raised),
            f"  replay: {repr(first.replay).join(self._call)}",
        ]
        if others := self.failures[1:]:
            labels = ", ".join(failure.label() for failure in others[:_MANY])
            more = f" and {len(others) - _MANY} more" if len(others) > _MANY else ""
            lines.append(f"  also at: {labels}{more}")
        return "\n".join(lines)


def _listing(title: str, places: Iterable[tuple[str, Place | None]]) -> list[str]:
    lines: list[str] = []
    for name, place in places:
        lines.append(f"  {title}: {name.rpartition('.')[2]}{'' if place is None else f', {place}'}")
        if place is not None and place.source:
            lines.append(f"      {place.source}")
    return lines
