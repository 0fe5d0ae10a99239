"""What an exploration has tried, and the order of tasks that broke the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._core.frames import Place
from .wait_graph import WaitGraph

__all__ = ["ExploreFailure", "ExploreReport"]

#: How many steps a message lists.
_MANY = 40


@dataclass(frozen=True, slots=True)
class ExploreReport:
    """What an exploration that found nothing has tried. ``str(report)`` is a line for the log."""

    schedules: int
    """Runs made."""
    distinct: int
    """How many of them were different orders."""
    complete: bool
    """Whether there is no other order: every one was tried."""
    strategy: str
    """How the orders were chosen."""
    seed: int
    """The seed of ``"random"`` and ``"pct"``."""
    seconds: float
    """Real time it took."""

    def __str__(self) -> str:
        plural = "s" if self.schedules != 1 else ""
        if self.complete:
            return f"explored all {self.schedules} schedule{plural}; {self.seconds:.2f} s"
        how = (
            self.strategy
            if self.strategy in ("exhaustive", "replay")
            else f"{self.strategy}, seed {self.seed}"
        )
        different = f"{self.distinct} different"
        return f"explored {self.schedules} schedule{plural} ({how}), {different}; {self.seconds:.2f} s"


class ExploreFailure(AssertionError):  # noqa: N818 - like pytest's, and AssertionError itself
    """A program breaks in one order of its tasks. The message shows the shortest such order that was found.

    The exception behind it, if there was one, is its ``__cause__``.
    """

    def __init__(
        self,
        *,
        problem: str,
        replay: str,
        graph: WaitGraph | None,
        steps: Sequence[tuple[str, Place | None]],
        report: ExploreReport,
        before: str,
        after: str,
    ) -> None:
        self.problem = problem
        """What was wrong."""
        self.replay = replay
        """The order, to pass back as ``replay=``; it works in another process and on another Python."""
        self.graph = graph
        """Who waits for what, if it was a deadlock."""
        self.steps = tuple(steps)
        """Task and line of each step, in this order: the line at which the step begins."""
        self.report = report
        """What was tried until then."""
        lines = [f"schedule {report.schedules} breaks it: {problem}"]
        shown = self.steps[-_MANY:]
        if len(shown) < len(self.steps):
            lines.append(f"  (the first {len(self.steps) - len(shown)} steps are left out)")
        for number, (name, place) in enumerate(shown, len(self.steps) - len(shown) + 1):
            where = "starts" if place is None else f"{place}: {place.source}"
            lines.append(f"  {number:>3}. {name}, {where}")
        lines.append(f"  replay: {before}{replay!r}{after}")
        super().__init__("\n".join(lines))
