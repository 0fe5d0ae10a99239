"""``cancel_sweep``: cancel a program at every point, one run each, and see whether it holds."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Literal, cast, overload

from .._core.arguments import check_async_fn, check_int, check_number, check_sync_fn
from .._core.scheduler_door import SchedulerMoved, is_open
from ..shutdown import CancellationToken
from .single_run import check_outside_trio
from .sweep_report import Replay, SweepReport
from .sweep_runs import Fault, Sweep

__all__ = ["cancel_sweep"]


@overload
def cancel_sweep(
    async_fn: Callable[[], Awaitable[object]],
    *,
    check: Callable[[], object] | None = None,
    max_points: int | None = None,
    fault: Fault | None = None,
    two_stage: Literal[False] = False,
    within: float = math.inf,
    seed: int = 0,
    replay: int | None = None,
    max_steps: int = 100_000,
) -> SweepReport: ...


@overload
def cancel_sweep(
    async_fn: Callable[[CancellationToken], Awaitable[object]],
    *,
    check: Callable[[], object] | None = None,
    max_points: int | None = None,
    two_stage: Literal[True],
    within: float = math.inf,
    seed: int = 0,
    replay: Replay | None = None,
    max_steps: int = 100_000,
) -> SweepReport: ...


def cancel_sweep(
    async_fn: Callable[..., Awaitable[object]],
    *,
    check: Callable[[], object] | None = None,
    max_points: int | None = None,
    fault: Fault | None = None,
    two_stage: bool = False,
    within: float = math.inf,
    seed: int = 0,
    replay: Replay | None = None,
    max_steps: int = 100_000,
) -> SweepReport:
    """Cancel a program at every point, one run for each, and check that it holds.

    The program is run once to count its points: one before the start, one before each step of each of its
    tasks, one whenever all of them wait. Then it is run again for each point and cancelled there. In every
    run the cancellation must reach the outside, and nothing else; no task, async generator, socket or
    file may be left; the run must end; and ``check`` must hold. It says whether code is safe when
    cancelled, not whether it is right: that is for ordinary tests.

    Synopsis::

        def test_nothing_is_lost():
            shop = Shop()

            async def program():
                shop.reset()
                await shop.serve()

            cancel_sweep(program, check=lambda: shop.sold + shop.left == 10)

    Args:
      async_fn: The program, called without arguments in a run of its own, with virtual time that jumps. It
        sets up what it needs, because it is called many times, and ends by itself.
      check: A plain function, called after each run, the uncancelled one included. It raises, or returns
        False, if something does not hold.
      max_points: How many points to try at most, >= 1, spread evenly; None tries all. The report says so.
      fault: An exception type, or a function that makes an exception: instead of a cancellation, the wait
        at the point fails with it. It may leave the program, or be handled there, or lead to another error
        that has it as ``__cause__`` or ``__context__``.
      two_stage: Give ``async_fn`` a fresh `trio_patterns.CancellationToken`, cancel that at one point and the
        whole program at a later one, for every pair of points. After the soft cancel alone the program must
        end by itself.
      within: Virtual seconds, > 0, in which the program must end once it is cancelled (or a wait has failed).
      seed: Decides the order in which tasks run that are ready at the same time; each seed is one order.
      replay: Try only this point, as a `SweepFailure` names it, and let the exception behind it show.
      max_steps: Steps, >= 1, after which a run counts as endless.

    Returns:
      What was tried, as a `SweepReport`.

    Raises:
      SweepFailure: if a point fails. It names the task, the line and how to replay it.
      RuntimeError: if it is called inside a run of trio: it calls ``trio.run`` itself.
      SchedulerMoved: for ``fault``, if this version of trio has moved what that needs.
      TypeError, ValueError: for bad arguments, at the call.

    Cancellation:
      Ctrl-C ends the sweep at once.

    Ordering:
      The same seed gives the same order of tasks in each run. A program that depends on real time, threads or
      hash order may still differ from run to run; the report counts points that were not reached.

    Cost:
      One run for each point, about 1 ms for a program of 50 steps; two stages take as many runs as there are
      pairs. Threads do not know virtual time: their runs take as long as the threads.

    Source:
      python-trio/trio#77; fault injection at every allocation, as SQLite's tests do it.
    """
    check_outside_trio("cancel_sweep")
    check_async_fn("async_fn", async_fn)
    if check is not None:
        check_sync_fn("check", check)
    if max_points is not None:
        check_int("max_points", max_points, minimum=1)
    check_number("within", within, above=True, finite=False, unit=" of seconds")
    check_int("max_steps", max_steps, minimum=1)
    check_int("seed", seed, minimum=0)
    if fault is not None:
        _check_fault(fault, two_stage)
    _check_replay(replay, two_stage)
    sweep = Sweep(async_fn, check, within, seed, max_steps)
    begun = time.perf_counter()
    if two_stage:
        attempts, kind = sweep.two_stages(max_points, replay), "stopped"
    elif fault is not None:
        attempts, kind = sweep.faults(fault, max_points, cast("int | None", replay)), "failed"
    else:
        attempts, kind = sweep.cancels(max_points, cast("int | None", replay)), "cancelled"
    return sweep.run(attempts, kind, begun, fault)


def _check_fault(fault: object, two_stage: bool) -> None:
    if two_stage:
        raise ValueError(f"fault must be None with two_stage=True, got {fault!r}")
    if not callable(fault):
        raise TypeError(
            f"fault must be an exception type or a function that makes an exception, got {fault!r}: "
            f"each run needs an exception of its own"
        )
    error = fault()
    if not isinstance(error, BaseException):
        raise TypeError(f"fault must make an exception, but {fault!r} made {error!r}")
    if not is_open():
        raise SchedulerMoved("way to let a wait fail")


def _check_replay(replay: object, two_stage: bool) -> None:
    match replay:
        case None:
            return
        case int() if not two_stage and not isinstance(replay, bool):
            check_int("replay", replay, minimum=0)
        case (int() as soft, None | int()) if two_stage and isinstance(replay, tuple):
            check_int("replay[0]", soft, minimum=0)
            if replay[1] is not None:
                check_int("replay[1]", replay[1], minimum=soft)
        case _:
            wanted = "a pair (soft, hard) of points" if two_stage else "a point, an int >= 0"
            raise TypeError(f"replay must be {wanted}, got {replay!r}")
