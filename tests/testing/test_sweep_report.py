"""What `cancel_sweep` says and leaves: counts, the message, replay, arguments, Python's state afterwards."""

from __future__ import annotations

import contextlib
import functools
import warnings

import pytest
import trio

from trio_patterns._core import scheduler_door
from trio_patterns.testing import FailedPoint, SweepFailure, SweepReport, cancel_sweep


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
    report = cancel_sweep(three_steps, replay=99)
    assert report.missed == 1
    assert "1 not reached (the program is not the same in every run)" in str(report)


def test_a_task_that_is_no_python_code_has_a_name_only() -> None:
    point = FailedPoint(1, False, (("native", None),), (), "check() returned False")
    failure = SweepFailure([point], SweepReport(1, 1, 1, 0, 0, 0.0), "sweep(", ")")
    assert "\n  next to run: native\n  replay: sweep(1)" in str(failure)


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
    with contextlib.suppress(trio.Cancelled):
        await trio.sleep(1)


def test_a_program_that_fails_by_itself_is_told_apart() -> None:
    async def program() -> None:
        raise KeyError("cherry")

    with pytest.raises(AssertionError, match=r"not right even when nothing is done to it.*KeyError") as info:
        cancel_sweep(program)
    assert not isinstance(info.value, SweepFailure)
    assert isinstance(info.value.__cause__, KeyError)
    with pytest.raises(AssertionError, match=r"nothing is done to it: check\(\) returned False"):
        cancel_sweep(three_steps, check=lambda: False)
    with pytest.raises(AssertionError, match=r"nothing is done to it: it does not end"):
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

    with pytest.warns(UserWarning, match=r"beware"), warnings.catch_warnings():  # noqa: PT031
        warnings.simplefilter("always")
        cancel_sweep(program)


def test_without_the_door_to_the_scheduler_it_still_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_door, "_scheduler", lambda: None)
    assert cancel_sweep(three_steps).points == 4
    with pytest.raises(SweepFailure, match=r"swallowed"):
        cancel_sweep(breaks)
