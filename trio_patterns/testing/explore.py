"""``explore``: run a program in many orders of its tasks, and see whether it holds."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Literal, final

import trio

from .._core.arguments import check_async_fn, check_choice, check_int, check_sync_fn
from .._core.frames import Place, place_of_task
from .._core.naming import unique_names
from .acquisitions import Acquisitions
from .explore_report import ExploreFailure, ExploreReport
from .leaks import LeakWatch
from .probe import Injection, Point, Probe
from .problems import Problem, broken, judge
from .schedules import Pick, Schedule, decode, encode
from .shrinking import shrink
from .single_run import Run, check_outside_trio, name_of, run_once
from .strategies import Exhaustive, PriorityBased, Random, Replayed, Strategy, follow

__all__ = ["explore"]

#: How many runs it may take to make a failing order shorter.
SHRINKING = 300
#: And how many steps: an endless run has as many as it may.
SHRINKING_STEPS = 500_000


def explore(
    async_fn: Callable[[], Awaitable[object]],
    *,
    check: Callable[[], object] | None = None,
    schedules: int = 100,
    seed: int = 0,
    strategy: Literal["random", "pct", "exhaustive"] = "random",
    fair: bool | None = None,
    depth: int = 3,
    replay: str | None = None,
    max_steps: int = 100_000,
) -> ExploreReport:
    """Run a program in many orders of its tasks, and check that it holds in each.

    Where several tasks are ready, trio runs them in any order. A test sees a few of these orders; this tries
    many, or all of them. A run fails if the program raises, if ``check`` does not hold, if it comes to a
    standstill (all tasks wait, and nothing will wake one), if it does not end, or if it leaves something
    behind. It finds races and deadlocks; it does not cancel (`cancel_sweep` does).

    Synopsis::

        def test_no_deposit_is_lost():
            account = Account()

            async def program():
                account.balance = 0
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(account.deposit, 10)
                    nursery.start_soon(account.deposit, 10)

            explore(program, check=lambda: account.balance == 20, strategy="exhaustive")

    Args:
      async_fn: The program, called without arguments in a run of its own, with virtual time that jumps. It
        sets up what it needs, because it is called many times, and ends by itself.
      check: A plain function, called after each run. It raises, or returns False, if something does not hold.
      schedules: How many runs at most, >= 1.
      seed: Of ``"random"`` and ``"pct"``, an int >= 0; the same seed tries the same orders.
      strategy: ``"random"`` picks at random. ``"pct"`` gives each task a priority and always runs the
        highest, but lowers one at a few steps: better at bugs that need one task to be very late.
        ``"exhaustive"`` goes through all orders, depth first, for small programs.
      fair: True: whatever is ready takes a step in each pass, in any order, as trio does it today. False: one
        task takes a step while the others wait for as long as it pleases, which trio's documentation
        allows and a busy machine brings about. Finer, and many more orders. None: False for ``"pct"``.
      depth: Of ``"pct"``, >= 1: how many steps must be in a certain order for the bug.
      replay: The text that an `ExploreFailure` gave: run this order only.
      max_steps: Steps, >= 1, after which a run counts as endless.

    Returns:
      What was tried, as an `ExploreReport`; ``complete`` says that there is no other order.

    Raises:
      ExploreFailure: at the first order that breaks the program, after it was made as short as possible.
      RuntimeError: if it is called inside a run of trio: it calls ``trio.run`` itself.
      SchedulerMoved: if this version of trio has moved what fixes the order.
      TypeError, ValueError: for bad arguments, at the call.

    Cancellation:
      Ctrl-C ends it at once.

    Ordering:
      An order is told by picks among the tasks that are ready, in the order in which they were started. So it
      means the same in another process and on another Python. What depends on real time, threads, sockets
      or hash order is not covered.

    Cost:
      One run for each order, about 0.5 ms and 10 us a step; after a failure up to 300 more to shorten it.
      The orders grow fast: two tasks of n steps each have 2 ** n fair ones.

    Source:
      Shuttle (AWS) and loom (Tokio) for Rust, CHESS for .NET; python-trio/trio#239.
    """
    check_outside_trio("explore")
    check_async_fn("async_fn", async_fn)
    if check is not None:
        check_sync_fn("check", check)
    check_int("schedules", schedules, minimum=1)
    check_int("seed", seed, minimum=0)
    check_choice("strategy", strategy, ("random", "pct", "exhaustive"))
    check_int("depth", depth, minimum=1)
    check_int("max_steps", max_steps, minimum=1)
    if fair is not None and not isinstance(fair, bool):
        raise TypeError(f"fair must be True, False or None, got {fair!r}")
    if fair is None:
        fair = strategy != "pct"
    chosen: Strategy
    name: str = strategy
    if replay is not None:
        picks, fair = decode(replay)
        chosen, name = Replayed(picks), "replay"
    elif strategy == "random":
        chosen = Random(seed)
    elif strategy == "pct":
        chosen = PriorityBased(seed, depth)
    else:
        chosen = Exhaustive()
    exploration = _Exploration(async_fn, check, fair=fair, max_steps=max_steps)
    return exploration.run(chosen, name, schedules, seed)


@final
class _Steps(Injection):
    """Writes down which task takes each step, and where it stands."""

    def __init__(self) -> None:
        self._steps: list[tuple[trio.lowlevel.Task, Place | None]] = []

    def at(self, point: Point, probe: Probe) -> None:
        if point.task is not None:
            self._steps.append((point.task, place_of_task(point.task)))

    def named(self) -> list[tuple[str, Place | None]]:
        """Return name and line of each step."""
        names = unique_names(task for task, _ in self._steps)
        return [(names[task], place) for task, place in self._steps]


@final
class _Exploration:
    """The runs of one call."""

    def __init__(
        self,
        async_fn: Callable[[], Awaitable[object]],
        check: Callable[[], object] | None,
        *,
        fair: bool,
        max_steps: int,
    ) -> None:
        self._async_fn = async_fn
        self._check = check
        self._fair = fair
        self._max_steps = max_steps
        self._watch = LeakWatch()

    def run(self, strategy: Strategy, name: str, most: int, seed: int) -> ExploreReport:
        begun = time.perf_counter()
        seen: set[int] = set()  # their hashes: the orders themselves may be long
        tried = 0

        def report() -> ExploreReport:
            complete = isinstance(strategy, Exhaustive) and strategy.complete
            seconds = time.perf_counter() - begun
            return ExploreReport(tried, len(seen), complete, name, seed, seconds)

        with self._watch.watching():
            while tried < most and (pick := strategy.next_pick()) is not None:
                tried += 1
                schedule, run, problem = self._once(pick, Injection())
                seen.add(hash(tuple(schedule.picks)))
                if problem is not None:
                    most_runs = 0 if isinstance(strategy, Replayed) else SHRINKING
                    raise self._failure(schedule, problem, report(), most_runs) from problem.error
                strategy.learn(schedule, run.points)
        return report()

    def _once(
        self, pick: Pick, injection: Injection, acquisitions: Acquisitions | None = None
    ) -> tuple[Schedule, Run, Problem | None]:
        schedule = Schedule(pick, fair=self._fair)
        recording = nullcontext() if acquisitions is None else acquisitions.recording()
        with recording:
            run = run_once(
                self._async_fn,
                self._watch,
                injection,
                order=schedule.order,
                max_steps=self._max_steps,
                account=None if acquisitions is None else acquisitions.holders,
                begun=schedule.begin,
            )
        problem = judge(run)
        if problem is None and run.error is not None:
            problem = Problem(f"it raised {run.error!r}", run.error)
        return schedule, run, problem or broken(self._check)

    def _failure(
        self, schedule: Schedule, problem: Problem, report: ExploreReport, most: int
    ) -> ExploreFailure:
        steps_left = SHRINKING_STEPS

        def fails(picks: list[int]) -> Sequence[int] | None:
            nonlocal steps_left
            if steps_left <= 0:
                return None
            made, run, found = self._once(follow(picks), Injection())
            steps_left -= run.points
            same = found is not None and found.kind == problem.kind
            return made.picks if same else None

        best = shrink(schedule.picks, fails, most)
        steps = _Steps()
        made, run, found = self._once(follow(best), steps, Acquisitions())
        if found is None or found.kind != problem.kind:
            # Not the same twice: time, threads or hash order play a part. Show what was seen.
            made, found, steps, graph = schedule, problem, _Steps(), None
            found = Problem(f"{problem.text} (not again when the same order was repeated)", problem.error)
        else:
            graph = run.stall
        return ExploreFailure(
            problem=found.text,
            replay=encode(made.picks, fair=self._fair),
            graph=graph,
            steps=steps.named(),
            report=report,
            before=f"explore({name_of(self._async_fn)}{', check=...' if self._check else ''}, replay=",
            after=")",
        )
