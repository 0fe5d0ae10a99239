"""The runs of a sweep: which points there are, one run for each, and what came of them."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

from .._core.scheduler_door import is_open
from ..shutdown import CancellationToken
from .leaks import LeakWatch
from .probe import Injection
from .problems import Problem, find_problem, judge
from .single_run import Program, Run, name_of, run_once
from .sweep_injections import CancelAt, FaultAt, SoftThenHard, SweepInjection
from .sweep_report import FailedPoint, Replay, SweepFailure, SweepReport

__all__ = ["Fault", "Sweep"]

#: More failing points than this say nothing new.
ENOUGH = 100
#: And so many runs that take steps for ever take long enough.
ENOUGH_ENDLESS = 3

Fault = Callable[[], BaseException]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run to make."""

    replay: Replay
    program: Program
    injection: SweepInjection


@final
class Sweep:
    """The runs of one call. The generators give one attempt after the other, and see what came of it."""

    def __init__(
        self,
        async_fn: Callable[..., Awaitable[object]],
        check: Callable[[], object] | None,
        within: float,
        seed: int,
        max_steps: int,
    ) -> None:
        self._async_fn = async_fn
        self._check = check
        self._within = within
        self._seed = seed
        self._max_steps = max_steps
        self._watch = LeakWatch()
        self._total = 0
        self._last: Run | None = None
        self._tried = 0

    def _once(self, program: Program, injection: Injection) -> Run:
        order = random.Random(self._seed).shuffle if is_open() else None
        self._last = run_once(program, self._watch, injection, order=order, max_steps=self._max_steps)
        return self._last

    def _undisturbed(self, program: Program, injection: SweepInjection) -> Run:
        """Make a run in which nothing happens: it must be all right."""
        run = self._once(program, injection)
        problem = judge(run)
        if problem is None and run.error is not None:
            problem = Problem(f"it raised {run.error!r}", run.error)
        if problem is None:
            problem = find_problem(run, self._check, math.inf)
        if problem is not None:
            raise AssertionError(
                f"cancel_sweep: the program is not right even when nothing is done to it: {problem.text}"
            ) from problem.error
        return run

    def cancels(self, most: int | None, replay: int | None) -> Iterator[Attempt]:
        """Cancel at each point."""
        total = self._undisturbed(self._async_fn, CancelAt(None)).points
        self._total = total
        for point in _spread(total, most) if replay is None else [replay]:
            yield Attempt(point, self._async_fn, CancelAt(point))

    def faults(self, make: Fault, most: int | None, replay: int | None) -> Iterator[Attempt]:
        """Let each wait fail."""
        counting = FaultAt(None, None)
        self._undisturbed(self._async_fn, counting)
        self._total = counting.waits
        for wait in _spread(counting.waits, most) if replay is None else [replay]:
            yield Attempt(wait, self._async_fn, FaultAt(wait, make()))

    def two_stages(self, most: int | None, replay: Replay | None) -> Iterator[Attempt]:
        """Cancel softly at each point, and hard at each point from there on."""

        def attempt(soft: int, hard: int | None) -> Attempt:
            token = CancellationToken()
            program = partial(self._async_fn, token)
            return Attempt((soft, hard), program, SoftThenHard(soft, hard, token))

        if replay is not None:
            assert isinstance(replay, tuple), "was checked"
            self._total = 1
            yield attempt(*replay)
            return
        points = self._undisturbed(partial(self._async_fn, CancellationToken()), CancelAt(None)).points
        softs = _spread(points, None if most is None else math.isqrt(most))
        for index, soft in enumerate(softs):
            yield attempt(soft, None)
            assert self._last is not None, "the attempt was made"
            if self._tried == most or self._last.unending:
                continue  # where there is no end, points mean nothing
            hards = self._last.points - soft
            share = None if most is None else max((most - self._tried) // (len(softs) - index), 1)
            self._total += hards + 1
            for hard in _spread(hards, share):
                yield attempt(soft, soft + hard)
        self._total += (points - len(softs)) * points // 2  # an estimate of what was left out

    def run(self, attempts: Iterator[Attempt], kind: str, begun: float, fault: Fault | None) -> SweepReport:
        """Make the runs. Raises what they have found, or returns what was tried."""
        failures: list[FailedPoint] = []
        causes: list[BaseException | None] = []
        ended = finished = missed = endless = 0
        with self._watch.watching():
            for attempt in attempts:
                self._tried += 1
                run = self._once(attempt.program, attempt.injection)
                problem = find_problem(run, self._check, self._within)
                if problem is not None:
                    failures.append(_failed(attempt, run, problem))
                    causes.append(problem.error)
                    endless += run.endless is not None
                    if len(failures) >= ENOUGH or endless >= ENOUGH_ENDLESS or run.crashed:
                        break
                if not attempt.injection.where:
                    missed += 1
                elif run.cancelled or run.error is not None:
                    ended += 1
                else:
                    finished += 1
        total = max(self._total, self._tried)
        seconds = time.perf_counter() - begun
        report = SweepReport(self._tried, total, ended, finished, missed, seconds, kind)
        if failures:
            raise SweepFailure(failures, report, *self._call(kind, fault)) from causes[0]
        return report

    def _call(self, kind: str, fault: Fault | None) -> tuple[str, str]:
        """Return the call that repeats a point: what stands before the point, and behind it."""
        name = name_of(self._async_fn)
        options = ", check=..." if self._check is not None else ""
        options += ", two_stage=True" if kind == "stopped" else ""
        options += f", fault={getattr(fault, '__name__', repr(fault))}" if fault is not None else ""
        options += f", seed={self._seed}" if self._seed else ""
        return f"cancel_sweep({name}{options}, replay=", ")"


def _failed(attempt: Attempt, run: Run, problem: Problem) -> FailedPoint:
    injection = attempt.injection
    where, raised = tuple(injection.where), tuple(run.raised)
    return FailedPoint(attempt.replay, injection.idle, where, raised, problem.text)


def _spread(total: int, most: int | None) -> list[int]:
    """Return at most ``most`` of the first ``total`` ints, evenly spread, both ends included."""
    if most is None or total <= most:
        return list(range(total))
    if most == 1:
        return [0]
    return [index * (total - 1) // (most - 1) for index in range(most)]
