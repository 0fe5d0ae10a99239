"""One run of a program in virtual time, with everything watched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import cast

import trio
from trio.testing import MockClock

from .._core.arguments import check_awaitable
from .._core.frames import Place
from .._core.groups import leaves
from .._core.scheduler_door import Order, task_order
from .deliveries import forget_frames
from .leaks import LeakWatch
from .probe import Injection, Probe
from .wait_graph import Account, WaitGraph

__all__ = ["Program", "Run", "check_outside_trio", "name_of", "run_once"]

Program = Callable[[], Awaitable[object]]

#: How many steps a system task may take to end after the program has.
GRACE = 10


@dataclass(slots=True)
class Run:
    """What came of one run."""

    points: int
    """How many points it passed, the one before the start included."""
    error: BaseException | None
    """What left the program, other than a cancellation of all of it."""
    fault: BaseException | None
    """What was thrown into it."""
    cancelled: bool
    """Whether a cancellation ended it, rather than the program ending as if there were none."""
    raised: list[tuple[str, Place | None]]
    """Name and line of each task that the injected cancellation reached."""
    swallowed: Place | None
    """The line at which a task has caught it for good."""
    seconds: float
    """Virtual time from what was made to happen to its end; from its start, if nothing was."""
    stall: WaitGraph | None
    """The standstill that it came to."""
    endless: tuple[str, Place | None] | None
    """The task that ran on and on."""
    leaks: list[str]
    """What it left behind."""
    crashed: bool
    """Whether it could only be ended by breaking trio's loop."""

    @property
    def unending(self) -> bool:
        """Whether it did not end by itself."""
        return self.stall is not None or self.endless is not None


def check_outside_trio(name: str) -> None:
    """Raise if the caller is inside a run of trio, where no other run can start."""
    if trio.lowlevel.in_trio_run():
        raise RuntimeError(
            f"{name} calls trio.run itself, many times, so it can't be called from inside trio: "
            f"call it from a plain `def` test, not an `async def` one"
        )


def run_once(
    program: Program,
    watch: LeakWatch,
    injection: Injection,
    *,
    order: Order | None,
    max_steps: int,
    account: Account | None = None,
    begun: Callable[[Probe], object] | None = None,
) -> Run:
    """Run ``program`` under virtual time that jumps.

    Args:
      program: Called in a task of its own run of trio.
      watch: Notes what the run leaves behind.
      injection: What is made to happen.
      order: Sorts each batch of runnable tasks; None leaves it to trio, which shuffles.
      max_steps: How many steps the program may take, before the run is given up as endless.
      account: Who holds what, for the picture of a standstill.
      begun: Called with the probe before the run starts.

    Raises:
      KeyboardInterrupt, SystemExit: if the user wants to stop; not if it is the injected fault.
    """
    clock = MockClock(autojump_threshold=0)
    probe = Probe(clock, injection, max_steps=max_steps, account=account)
    if begun is not None:
        begun(probe)
    ended: list[tuple[BaseException | None, float]] = []
    main = partial(_main, program, watch, probe, injection, ended)
    try:
        with nullcontext() if order is None else task_order(order):
            trio.run(main, clock=clock, instruments=[probe])
    except trio.TrioInternalError as exc:
        ended.append((exc, 0.0))
    error, seconds = ended[-1]
    for leaf in () if error is None else leaves(error):
        if isinstance(leaf, KeyboardInterrupt | SystemExit) and leaf is not injection.fault:
            raise leaf
    got_out = error is not None or probe.scope.cancelled_caught
    run = Run(
        points=probe.points,
        error=error,
        fault=injection.fault,
        cancelled=probe.scope.cancelled_caught,
        raised=probe.deliveries.places(),
        swallowed=probe.deliveries.swallowed(got_out=got_out),
        seconds=seconds,
        stall=probe.stall,
        endless=probe.endless,
        leaks=[],
        crashed=probe.crashed,
    )
    if not probe.crashed:  # its tasks are kept; to clear a frame of one is to close it
        probe.deliveries.clear()
        forget_frames(error)
        forget_frames(injection.fault)
    leaks = watch.collect()
    if not run.unending:  # or it was cut off, and its remains say nothing
        run.leaks = leaks
    return run


def name_of(program: object) -> str:
    """Return the name of a function, or of the one inside a partial."""
    while isinstance(program, partial):
        program = cast("partial[object]", program).func
    return getattr(program, "__name__", None) or repr(program)


async def _main(
    program: Program,
    watch: LeakWatch,
    probe: Probe,
    injection: Injection,
    ended: list[tuple[BaseException | None, float]],
) -> None:
    error: BaseException | None = None
    begun = trio.current_time()
    with watch.generators():
        try:
            with probe.scope, probe.haven:
                probe.begin(name_of(program))
                await check_awaitable("async_fn", program, program())
        except BaseException as exc:  # noqa: ASYNC103 - it is the result, and the run is over
            error = exc
        left = probe.end()
        for _ in range(GRACE):
            if not probe.strangers:
                break
            await trio.lowlevel.cancel_shielded_checkpoint()
        watch.note_tasks(left | probe.strangers)
    since = begun if injection.time is None else injection.time
    ended.append((error, trio.current_time() - since))
