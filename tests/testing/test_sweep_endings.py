"""What `cancel_sweep` finds where a cancelled program does not end, or not as it should."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio

from trio_patterns.testing import SweepFailure, cancel_sweep


def failure_of(program: Callable[[], Awaitable[object]], **options: Any) -> SweepFailure:
    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, **options)
    return info.value


def test_a_shutdown_that_hangs_behind_a_shield() -> None:
    reply = trio.Event()

    async def program() -> None:
        nonlocal reply
        reply = trio.Event()
        try:
            await trio.sleep(1)
            reply.set()
        finally:
            with trio.CancelScope(shield=True):
                await reply.wait()

    failure = failure_of(program)
    assert failure.problem.startswith("it does not end: every task waits, and nothing will wake one")
    assert "waits for a trio.Event" in failure.problem
    assert "await reply.wait()" in failure.problem


def test_a_shutdown_that_spins() -> None:
    async def program() -> None:
        done = False
        try:
            await trio.sleep(1)
            done = True
        finally:
            with trio.CancelScope(shield=True):
                while not done:  # noqa: ASYNC110
                    await trio.sleep(1)

    failure = failure_of(program, max_steps=300)
    assert failure.problem.startswith("it does not end: it still takes steps, the last in program at ")


def test_few_endless_runs_are_enough() -> None:
    """Each of them takes as many steps as it may, so that a hundred would take minutes."""

    async def program() -> None:
        done = False
        try:
            for _ in range(20):
                await trio.sleep(1)
            done = True
        finally:
            with trio.CancelScope(shield=True):
                while not done:
                    await trio.lowlevel.checkpoint()

    failure = failure_of(program, max_steps=1000)
    assert len(failure.failures) == 3
    assert str(failure).startswith("3 of 3 points fail (38 more not tried), first: cancelled at point 0,")


def test_a_task_that_catches_everything_is_ended_all_the_same() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await trio.lowlevel.checkpoint()
                if done:
                    return
            except BaseException:
                pass

    done = False

    async def program() -> None:
        nonlocal done
        done = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stubborn)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            done = True

    failure = failure_of(program, max_steps=200)
    assert "it does not end" in failure.problem


def test_one_that_waits_again_and_again_is_ended_all_the_same() -> None:
    async def program() -> None:
        done = False
        with suppress(trio.Cancelled):
            await trio.sleep(1)
            done = True
        while not done:
            with suppress(BaseException), trio.CancelScope(shield=True):
                await trio.Event().wait()

    failure = failure_of(program)
    assert "it does not end: every task waits" in failure.problem
    assert len(failure.failures) == 1, "what had to be broken is enough"


def test_an_exception_that_escapes_beside_the_cancellation() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        finally:
            if trio.current_effective_deadline() < 0:
                raise ValueError("in the cleanup")

    failure = failure_of(program)
    wanted = "something else than the cancellation left it: ValueError('in the cleanup')"
    assert failure.problem == wanted
    assert isinstance(failure.__cause__, ValueError)


def test_a_cleanup_that_takes_too_long() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        finally:
            with trio.move_on_after(20, shield=True):
                await trio.sleep(15)

    cancel_sweep(program, within=15)
    assert failure_of(program, within=14.5).problem == (
        "it took 15 s of virtual time to end, more than within=14.5"
    )


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_stop_is_not_kept_from_it(kind: type[BaseException]) -> None:
    async def program() -> None:
        async with trio.open_nursery():
            try:
                await trio.sleep(1)
            finally:
                if trio.current_effective_deadline() < 0:
                    raise kind

    with pytest.raises(kind):
        cancel_sweep(program)
