"""What `cancel_sweep` says and leaves: counts, the message, replay, arguments, Python's state afterwards."""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
import warnings
from typing import Any

import pytest
import trio
import trio._core._run as trio_run

from trio_patterns.testing import SweepFailure, cancel_sweep, scheduler_door


async def three_steps() -> None:
    for _ in range(3):
        await trio.lowlevel.checkpoint()


broken: bool = False


async def breaks_at_the_second() -> None:
    global broken
    broken = False
    await trio.lowlevel.checkpoint()
    broken = True
    await trio.lowlevel.checkpoint()
    await trio.sleep(1)
    broken = False


def test_the_counts_of_the_report() -> None:
    report = cancel_sweep(three_steps)
    assert (report.points, report.total) == (4, 4)
    assert (report.cancelled, report.finished, report.missed) == (4, 0, 0)
    assert str(report).startswith("cancelled at all 4 points: 4 ended by it, 0 finished; ")

    async def cleans_up_for_long() -> None:
        with trio.CancelScope(shield=True):
            await three_steps()

    report = cancel_sweep(cleans_up_for_long)
    assert (report.points, report.cancelled, report.finished) == (4, 0, 4)


def test_one_program_that_does_nothing_has_one_point() -> None:
    async def nothing() -> None:
        pass

    assert cancel_sweep(nothing).points == 1


def test_max_points_spreads_them_evenly_and_the_report_says_so() -> None:
    tried: list[int] = []

    async def program() -> None:
        tried.append(0)
        for _ in range(9):
            await trio.lowlevel.checkpoint()
            tried[-1] += 1

    report = cancel_sweep(program, max_points=4)
    assert tried[1:] == [0, 2, 5, 8]
    assert str(report).startswith("cancelled at 4 of 10 points: 4 ended by it")
    tried.clear()
    assert cancel_sweep(program, max_points=1).points == 1
    assert cancel_sweep(program, max_points=10).points == cancel_sweep(program, max_points=99).points == 10


def test_the_message_names_point_task_line_and_replay() -> None:
    with pytest.raises(SweepFailure) as info:
        cancel_sweep(breaks_at_the_second, check=lambda: not broken)
    line = breaks_at_the_second.__code__.co_firstlineno + 5
    here = f"{__file__}:{line} in breaks_at_the_second"
    assert str(info.value).splitlines() == [
        "3 of 5 points fail, first: cancelled at point 2, before the next step of a task",
        "  problem: check() returned False",
        f"  next to run: breaks_at_the_second, {here}",
        "      await trio.lowlevel.checkpoint()",
        f"  cancelled at: breaks_at_the_second, {here}",
        "      await trio.lowlevel.checkpoint()",
        "  replay: cancel_sweep(breaks_at_the_second, check=..., replay=2)",
        "  also at: 3, 4",
    ]
    failure = info.value
    assert (failure.replay, failure.task, failure.problem) == (
        2,
        "breaks_at_the_second",
        "check() returned False",
    )
    assert failure.place is not None and failure.place.line == line
    assert failure.failures[1].idle


def test_replay_tries_only_that_point_and_shows_the_cause() -> None:
    runs = 0

    def check() -> None:
        nonlocal runs
        runs += 1
        if broken:
            raise RuntimeError("it is broken")

    with pytest.raises(SweepFailure) as first:
        cancel_sweep(breaks_at_the_second, check=check)
    runs = 0
    with pytest.raises(SweepFailure) as again:
        cancel_sweep(breaks_at_the_second, check=check, replay=first.value.replay)
    assert runs == 2, "the undisturbed run, and the point"
    assert again.value.first == first.value.first
    assert again.value.problem == "check() raised RuntimeError: it is broken"
    assert isinstance(again.value.__cause__, RuntimeError)


def test_a_replay_that_is_right_again_passes() -> None:
    report = cancel_sweep(three_steps, replay=3)
    assert (report.points, report.total, report.missed) == (1, 4, 0)
    assert cancel_sweep(three_steps, replay=99).missed == 1


def test_the_seed_decides_the_order_of_tasks() -> None:
    order: list[str] = []

    async def step(name: str) -> None:
        order.append(name)

    async def program() -> None:
        order.clear()
        async with trio.open_nursery() as nursery:
            for name in "abcd":
                nursery.start_soon(step, name)

    orders: set[str] = set()
    for seed in range(5):
        cancel_sweep(program, seed=seed, replay=99)
        first = "".join(order)
        cancel_sweep(program, seed=seed, replay=99)
        assert "".join(order) == first
        orders.add(first)
    assert len(orders) > 1
    with pytest.raises(SweepFailure, match=r"seed=3, replay=0\)"):
        cancel_sweep(breaks, seed=3)


async def breaks() -> None:
    try:
        await trio.sleep(1)
    except trio.Cancelled:
        pass


def test_a_program_that_fails_by_itself_is_told_apart() -> None:
    async def program() -> None:
        raise KeyError("cherry")

    with pytest.raises(AssertionError, match="not right even when nothing is done to it.*KeyError") as info:
        cancel_sweep(program)
    assert not isinstance(info.value, SweepFailure)
    assert isinstance(info.value.__cause__, KeyError)
    with pytest.raises(AssertionError, match=r"nothing is done to it: check\(\) returned False"):
        cancel_sweep(three_steps, check=lambda: False)
    with pytest.raises(AssertionError, match="nothing is done to it: it does not end"):
        cancel_sweep(trio.sleep_forever)


def test_a_failure_in_check_may_also_be_one_of_pytest() -> None:
    def check() -> None:
        if broken:
            pytest.fail("not this")

    with pytest.raises(SweepFailure, match=r"check\(\) raised Failed: not this"):
        cancel_sweep(breaks_at_the_second, check=check)


def test_check_may_want_to_stop() -> None:
    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel_sweep(three_steps, check=check)


async def lives_a_second() -> None:
    await trio.sleep(1)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"check": lives_a_second}, TypeError, "check must be a plain"),
        ({"check": lambda: lives_a_second()}, TypeError, "check must be a plain function, but it returned"),
        ({"max_points": 0}, ValueError, "max_points must be an int >= 1, got 0"),
        ({"within": 0}, ValueError, "within must be a number of seconds > 0, got 0"),
        ({"max_steps": 0}, ValueError, "max_steps must be an int >= 1, got 0"),
        ({"seed": -1}, ValueError, "seed must be an int >= 0, got -1"),
        ({"replay": -1}, ValueError, "replay must be an int >= 0, got -1"),
        ({"replay": (1, 2)}, TypeError, r"replay must be a point, an int >= 0, got \(1, 2\)"),
        ({"replay": True}, TypeError, "replay must be a point, an int >= 0, got True"),
        (
            {"replay": 1, "two_stage": True},
            TypeError,
            r"replay must be a pair \(soft, hard\) of points, got 1",
        ),
        ({"replay": [1, 2], "two_stage": True}, TypeError, "replay must be a pair"),
        ({"replay": (-1, 2), "two_stage": True}, ValueError, r"replay\[0\] must be an int >= 0, got -1"),
        ({"replay": (3, 2), "two_stage": True}, ValueError, r"replay\[1\] must be an int >= 3, got 2"),
        ({"fault": OSError("x")}, TypeError, "fault must be an exception type or a function"),
        ({"fault": lambda: 3}, TypeError, "fault must make an exception, but .* made 3"),
        ({"fault": OSError, "two_stage": True}, ValueError, "fault must be None with two_stage=True"),
    ],
)
def test_bad_arguments_fail_at_the_call(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        cancel_sweep(lives_a_second, **options)


def test_what_is_no_async_function_is_refused() -> None:
    with pytest.raises(TypeError, match="async_fn must be an async function, got 3"):
        cancel_sweep(3)  # type: ignore[call-overload]
    with pytest.raises(AssertionError, match="async_fn must be an async function, but .* returned None"):
        cancel_sweep(lambda: None)  # type: ignore[call-overload]


async def test_inside_trio_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match="cancel_sweep calls trio.run itself"):
        cancel_sweep(three_steps)


def test_ctrl_c_in_the_middle_ends_it() -> None:
    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        await three_steps()
        if runs == 1:
            return
        await trio.lowlevel.checkpoint()

    def check() -> None:
        if runs == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        cancel_sweep(program, check=check)
    assert runs == 3


def test_ctrl_c_in_the_program_ends_it() -> None:
    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        async with trio.open_nursery() as nursery:
            nursery.start_soon(three_steps)
            if runs == 2:
                os.kill(os.getpid(), signal.SIGINT)
            await three_steps()

    with pytest.raises(KeyboardInterrupt):
        cancel_sweep(program)
    assert runs == 2


@pytest.mark.parametrize("how", ["passes", "fails", "crashes", "stops"])
def test_afterwards_everything_is_as_before(how: str) -> None:
    async def program() -> None:
        if how == "stops":
            raise KeyboardInterrupt
        try:
            await trio.sleep(1)
        finally:
            if how == "fails" and trio.current_effective_deadline() < 0:
                raise ValueError
        while how == "crashes":
            try:
                await trio.lowlevel.checkpoint()
            except BaseException:
                pass

    def state() -> list[object]:
        return [
            gc.isenabled(),
            gc.get_freeze_count(),
            list(warnings.filters),
            warnings.showwarning,
            sys.unraisablehook,
            sys.get_asyncgen_hooks(),
            sys.getprofile(),
            trio_run._r,
            trio_run._ALLOW_DETERMINISTIC_SCHEDULING,
            trio.lowlevel.in_trio_run(),
            signal.getsignal(signal.SIGINT),
        ]

    before = state()
    try:
        cancel_sweep(program, max_steps=50)
    except (AssertionError, KeyboardInterrupt):
        assert how != "passes"
    assert state() == before


def test_a_collector_that_is_off_or_frozen_stays_so() -> None:
    gc.disable()
    gc.freeze()
    try:
        count = gc.get_freeze_count()
        cancel_sweep(three_steps)
        assert not gc.isenabled()
        assert gc.get_freeze_count() == count
    finally:
        gc.unfreeze()
        gc.enable()


def test_many_failing_points_are_listed_in_part() -> None:
    async def program() -> None:
        for _ in range(200):
            await trio.lowlevel.checkpoint()

    done = functools.partial(cancel_sweep, program, check=lambda: not program_was_cancelled())
    counts = iter(range(1000))

    def program_was_cancelled() -> bool:
        return next(counts) > 0

    with pytest.raises(SweepFailure) as info:
        done()
    assert len(info.value.failures) == 100
    assert "100 of 100 points fail (101 more not tried)" in str(info.value)
    assert str(info.value).endswith("19, 20 and 79 more")


def test_other_warnings_are_shown_as_always() -> None:
    async def program() -> None:
        warnings.warn("beware", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning, match="beware"), warnings.catch_warnings():
        warnings.simplefilter("always")
        cancel_sweep(program)


def test_without_the_door_to_the_scheduler_it_still_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_door, "_scheduler", lambda: None)
    assert cancel_sweep(three_steps).points == 4
    with pytest.raises(SweepFailure, match="swallowed"):
        cancel_sweep(breaks)
