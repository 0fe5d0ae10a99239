"""`cancel_sweep(fault=...)`: each wait fails once, and the program must take it or let it out."""

from __future__ import annotations

import contextlib
import functools
import threading
import time

import pytest
import trio

from trio_patterns._core import scheduler_door
from trio_patterns.testing import SchedulerMoved, SweepFailure, cancel_sweep


async def three_waits() -> None:
    await trio.sleep(1)
    await trio.lowlevel.checkpoint()  # does not wait for anything
    await trio.sleep(1)
    event = trio.Event()
    with trio.move_on_after(1):
        await event.wait()


def test_each_wait_fails_once() -> None:
    seen: list[int] = []

    async def program() -> None:
        seen.append(0)
        for _ in range(3):
            await trio.sleep(1)
            seen[-1] += 1

    report = cancel_sweep(program, fault=OSError)
    assert seen == [3, 0, 1, 2]
    assert (report.points, report.total, report.cancelled, report.kind) == (3, 3, 3, "failed")
    assert str(report).startswith("failed at all 3 points: 3 ended by it, 0 finished; ")
    assert cancel_sweep(three_waits, fault=OSError).points == 3
    assert cancel_sweep(program, fault=OSError, max_points=2).points == 2
    assert cancel_sweep(program, fault=OSError, replay=7).missed == 1


def test_a_handled_fault_lets_the_program_finish() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        except OSError:
            await trio.lowlevel.checkpoint()

    report = cancel_sweep(program, fault=OSError)
    assert (report.cancelled, report.finished) == (0, 1)


def test_a_fault_may_leave_it_wrapped_or_in_a_group() -> None:
    async def wraps() -> None:
        try:
            await trio.sleep(1)
        except OSError as exc:
            raise LookupError("no reply") from exc

    async def beside() -> None:
        try:
            await trio.sleep(1)
        except OSError:
            raise LookupError("no reply") from None

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wraps)
            nursery.start_soon(beside)
            nursery.start_soon(trio.sleep, 2)

    report = cancel_sweep(program, fault=OSError)
    assert (report.points, report.cancelled) == (3, 3)


def test_what_leaves_it_without_being_caused_by_the_fault_is_a_failure() -> None:
    async def program() -> None:
        failed = False
        try:
            await trio.sleep(1)
        except OSError:
            failed = True
        if failed:
            raise KeyError("cherry")

    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, fault=OSError)
    assert info.value.problem == "something else than the injected error left it: KeyError('cherry')"
    assert isinstance(info.value.__cause__, KeyError)
    assert "at point 0, where a task waits" in str(info.value)
    assert f"  waiting: program, {__file__}:" in str(info.value)
    assert "      await trio.sleep(1)" in str(info.value)
    assert "replay: cancel_sweep(program, fault=OSError, replay=0)" in str(info.value)


def test_a_check_that_breaks_at_a_fault() -> None:
    slots = trio.Semaphore(1)

    async def program() -> None:
        nonlocal slots
        slots = trio.Semaphore(1)
        await slots.acquire()
        await trio.sleep(1)
        slots.release()

    with pytest.raises(SweepFailure, match=r"1 of 1 points fails, first: failed at point 0"):
        cancel_sweep(program, fault=OSError, check=lambda: slots.value == 1)


def test_an_exception_with_arguments_comes_from_a_function() -> None:
    caught: list[UnicodeError] = []

    async def program() -> None:
        for _ in range(2):
            try:
                await trio.sleep(1)
            except UnicodeDecodeError as exc:
                caught.append(exc)

    with pytest.raises(TypeError, match=r"argument"):
        cancel_sweep(program, fault=UnicodeDecodeError)
    cancel_sweep(program, fault=lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"))
    assert [exc.reason for exc in caught] == ["no", "no"]
    assert caught[0] is not caught[1], "each run gets an exception of its own"


def test_the_name_of_any_function_may_stand_in_the_replay() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        except KeyError:
            pass
        else:
            return
        raise ValueError

    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, fault=functools.partial(KeyError, {"a": 1}))
    assert "fault=functools.partial(<class 'KeyError'>, {'a': 1}), replay=0)" in str(info.value)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit])
def test_one_that_ends_everything_is_a_fault_like_others(fault: type[BaseException]) -> None:
    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)

    assert cancel_sweep(program, fault=fault).cancelled == 1


def test_nothing_is_injected_where_a_nursery_waits_for_its_tasks() -> None:
    async def program() -> None:
        async with trio.open_nursery() as outer:
            outer.start_soon(trio.sleep, 1)
            async with trio.open_nursery() as inner:
                inner.start_soon(trio.sleep, 2)

    assert cancel_sweep(program, fault=OSError).points == 2


def test_a_wait_that_cannot_be_given_up_goes_on() -> None:
    """It is told of the fault; a thread raises it when it asks whether it was cancelled."""

    def work() -> None:
        time.sleep(0.002)
        trio.from_thread.check_cancelled()

    async def program() -> None:
        await trio.to_thread.run_sync(work)
        await trio.to_thread.run_sync(threading.get_ident)

    report = cancel_sweep(program, fault=OSError)
    assert (report.cancelled, report.finished) == (1, 1)


def test_a_fault_that_makes_it_hang() -> None:
    async def program() -> None:
        event = trio.Event()

        async def child() -> None:
            try:
                await trio.sleep(1)
                event.set()
            except OSError:
                pass

        async with trio.open_nursery() as nursery:
            nursery.start_soon(child)
            with trio.CancelScope(shield=True):
                await event.wait()

    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, fault=OSError)
    assert [point.replay for point in info.value.failures] == [0, 1] or len(info.value.failures) == 1
    assert "it does not end: every task waits" in str(info.value)


def test_what_a_handled_fault_held_does_not_count_as_kept() -> None:
    """The error is kept by the sweep; its traceback holds what the frames held."""

    async def program() -> None:
        with contextlib.suppress(OSError):
            await use(trio.socket.socket())

    async def use(one: trio.socket.SocketType) -> None:
        await trio.sleep(1)
        one.close()

    with pytest.raises(SweepFailure, match=r"unclosed") as info:
        cancel_sweep(program, fault=OSError)
    assert len(info.value.failures) == 1


def test_it_needs_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_door, "_scheduler", lambda: None)
    with pytest.raises(SchedulerMoved, match=r"use trio 0.31 to 0.35"):
        cancel_sweep(three_waits, fault=OSError)
