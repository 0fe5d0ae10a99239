"""The call of `cancel_sweep`: its arguments, where it may stand, Ctrl-C, Python's state afterwards."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import warnings
from typing import Any

import pytest
import trio
import trio._core._run as trio_run

from trio_patterns.testing import cancel_sweep


async def three_steps() -> None:
    for _ in range(3):
        await trio.lowlevel.checkpoint()


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
    with pytest.raises(TypeError, match=r"async_fn must be an async function, got 3"):
        cancel_sweep(3)  # type: ignore[call-overload]
    with pytest.raises(AssertionError, match=r"async_fn must be an async function, but .* returned None"):
        cancel_sweep(lambda: None)  # type: ignore[call-overload]


async def test_inside_trio_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"cancel_sweep calls trio.run itself"):
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
            with contextlib.suppress(BaseException):
                await trio.lowlevel.checkpoint()

    def state() -> list[object]:
        return [
            gc.isenabled(),
            gc.get_freeze_count() >= 1000,
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
        # A frozen object may be freed as any other, and some are.
        assert 0.9 * count < gc.get_freeze_count() <= count
    finally:
        gc.unfreeze()
        gc.enable()
