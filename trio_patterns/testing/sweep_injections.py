"""What a sweep makes happen: a cancellation, a soft one before a hard one, or a failure."""

from __future__ import annotations

from typing import final

import trio

from .._core.frames import Place, place_of_task
from .._core.scheduler_door import abort_wait, can_be_aborted
from ..shutdown import CancellationToken
from .probe import Injection, Point, Probe

__all__ = ["CancelAt", "FaultAt", "SoftThenHard", "SweepInjection"]

Where = list[tuple[str, Place | None]]


class SweepInjection(Injection):
    """Base of them: where it happened, for the report."""

    #: Name and line of the task whose turn it was, or of all tasks if all waited. Empty: it did not happen.
    where: Where
    #: Whether all tasks waited.
    idle = False

    def __init__(self) -> None:
        self.where = []

    def note(self, point: Point, probe: Probe) -> None:
        """Note where it happens."""
        self.where = point.places(probe.root)
        self.time = trio.current_time()
        self.idle = point.task is None and point.number > 0


def _cancel(probe: Probe, label: str) -> None:
    reason = f"cancel_sweep, point {label}"
    probe.deliveries.active = True
    probe.scope.cancel(reason=reason)


@final
class CancelAt(SweepInjection):
    """Cancels the program at one point; at None, never."""

    def __init__(self, number: int | None) -> None:
        super().__init__()
        self._number = number

    def at(self, point: Point, probe: Probe) -> None:
        if point.number == self._number:
            self.note(point, probe)
            _cancel(probe, str(point.number))


@final
class SoftThenHard(SweepInjection):
    """Cancels a token at one point and the whole program at a later one, or at the same; at None, never."""

    def __init__(self, soft: int, hard: int | None, token: CancellationToken) -> None:
        super().__init__()
        self._soft = soft
        self._hard = hard
        self._token = token

    def at(self, point: Point, probe: Probe) -> None:
        if point.number == self._soft:
            if self._hard is None:
                self.note(point, probe)
            self._token.cancel(f"cancel_sweep, point {point.number}")
        if point.number == self._hard:
            self.note(point, probe)
            _cancel(probe, f"{self._soft}+{point.number}")


@final
class FaultAt(SweepInjection):
    """Lets the n-th wait that can fail do so; at None, only counts them."""

    def __init__(self, number: int | None, error: BaseException | None) -> None:
        super().__init__()
        self._number = number
        self._error = error
        #: How many waits could have failed, the one that did included.
        self.waits = 0
        self.blocked = self._wait_begun

    def _wait_begun(self, task: trio.lowlevel.Task) -> None:
        if not can_be_aborted(task):
            return
        if self.waits == self._number and self._error is not None:
            self.where = [(task.name, place_of_task(task))]
            self.time = trio.current_time()
            # Also where the wait refuses: some pass it on to whom they wait for.
            self.fault = self._error
            abort_wait(task, self._error)
        self.waits += 1
