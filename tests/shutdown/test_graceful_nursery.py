"""open_graceful_nursery without signals: stages, exact times, the report, failures, cancellation."""

from __future__ import annotations

import gc
import logging
import math
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_patterns.shutdown import (
    CancellationToken,
    CutOffTask,
    GracefulNursery,
    ShutdownReport,
    open_graceful_nursery,
)
from trio_patterns.shutdown.report import describe, locate

pytestmark = pytest.mark.filterwarnings("error")


def graceful(grace_period: float = 30.0, token: CancellationToken | None = None) -> Any:
    return open_graceful_nursery(grace_period=grace_period, signals=(), token=token)


async def finish_after_news(token: CancellationToken, seconds: float) -> None:
    await token.wait()
    await trio.sleep(seconds)


async def shut_down_after(nursery: GracefulNursery, seconds: float, reason: str | None = None) -> None:
    await trio.sleep(seconds)
    nursery.shutdown(reason)


def line_of(marker: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    [line] = [number for number, text in enumerate(lines, 1) if text.endswith(f"# {marker}")]
    return line


# --- the end without a shutdown ----------------------------------------------------------------------------


async def test_it_ends_like_a_nursery_when_its_tasks_have_finished(autojump_clock: MockClock) -> None:
    start = trio.current_time()
    async with graceful() as nursery:
        for seconds in (1, 2, 3):
            nursery.start_soon(trio.sleep, seconds)
    assert trio.current_time() - start == 3
    assert nursery.report == ShutdownReport(
        reason=None, duration=0.0, finished=4, clean=True, forced=False, overran=()
    )
    assert not nursery.token.cancelled


async def test_an_empty_block_is_a_checkpoint_and_ends() -> None:
    with trio.testing.assert_checkpoints():
        async with graceful() as nursery:
            pass
    assert nursery.report.clean


async def test_start_returns_what_the_task_started_with() -> None:
    async def service(factor: int, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started(factor * 2)

    async with graceful() as nursery:
        assert await nursery.start(service, 21) == 42
    assert nursery.report.finished == 2


async def test_tasks_have_the_name_given_or_that_of_their_function(autojump_clock: MockClock) -> None:
    async def service(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        await trio.sleep_forever()

    async with graceful(grace_period=1) as nursery:
        await nursery.start(service)
        await nursery.start(service, name="named")
        nursery.start_soon(trio.sleep_forever)
        await wait_all_tasks_blocked()
        nursery.start_soon(trio.sleep_forever, name="named too")
        nursery.shutdown()
    names = [task.name.rpartition(".")[2] for task in nursery.report.overran]
    assert names == ["service", "named", "sleep_forever", "named too"]


async def test_there_is_no_report_before_the_end() -> None:
    async with graceful() as nursery:
        with pytest.raises(RuntimeError, match="the report is there after the block"):
            _ = nursery.report


# --- the stages --------------------------------------------------------------------------------------------


async def test_shutdown_lets_tasks_finish(autojump_clock: MockClock) -> None:
    start = trio.current_time()
    async with graceful(grace_period=10) as nursery:
        nursery.start_soon(finish_after_news, nursery.token, 4)
        nursery.start_soon(finish_after_news, nursery.token, 7)
        await trio.sleep(5)
        nursery.shutdown("deploy")
    assert trio.current_time() - start == 12
    assert nursery.report == ShutdownReport(
        reason="deploy", duration=7.0, finished=3, clean=True, forced=False, overran=()
    )
    assert nursery.token.reason == "deploy"


async def test_what_overruns_the_grace_period_is_cancelled_and_reported(autojump_clock: MockClock) -> None:
    """A timeout around a join leaves tasks running and tells nobody; here they are cut off, and named."""

    async def stubborn() -> None:
        await trio.sleep_forever()  # stubborn stands here

    start = trio.current_time()
    async with graceful(grace_period=10) as nursery:
        nursery.start_soon(stubborn, name="the stubborn one")
        nursery.start_soon(finish_after_news, nursery.token, 4)
        nursery.shutdown("deploy")
    assert trio.current_time() - start == 10
    report = nursery.report
    assert (report.duration, report.finished, report.clean, report.forced) == (10.0, 2, False, False)
    assert report.overran == (
        CutOffTask("the stubborn one", __file__, line_of("stubborn stands here"), "stubborn"),
    )


async def test_cancelling_the_token_from_anywhere_begins_the_shutdown(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    async with trio.open_nursery() as outside:

        async def somebody() -> None:
            await trio.sleep(2)
            token.cancel()

        outside.start_soon(somebody)
        async with graceful(grace_period=3, token=token) as nursery:
            assert nursery.token is token
            nursery.start_soon(trio.sleep_forever)
    report = nursery.report
    assert (report.reason, report.duration, len(report.overran)) == ("the token was cancelled", 3.0, 1)


async def test_a_token_cancelled_before_begins_the_shutdown_at_once(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    token.cancel("too late")
    start = trio.current_time()
    async with graceful(grace_period=3, token=token) as nursery:
        nursery.start_soon(trio.sleep_forever)
    assert trio.current_time() - start == 3
    assert nursery.report.reason == "too late"


async def test_shutdown_again_changes_nothing(autojump_clock: MockClock) -> None:
    async with graceful(grace_period=10) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.shutdown()
        await trio.sleep(5)
        nursery.shutdown("again")
    assert (nursery.report.reason, nursery.report.duration) == ("shutdown() was called", 10.0)
    nursery.shutdown("after the end")
    assert nursery.report.reason == "shutdown() was called"


async def test_the_body_counts_as_one_of_the_tasks(autojump_clock: MockClock) -> None:
    """It has the grace period like the others, and is cut off like them."""
    start = trio.current_time()
    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(shut_down_after, nursery, 1, "deploy")
        await trio.sleep_forever()  # the body stands here
    assert trio.current_time() - start == 6
    [body] = nursery.report.overran
    assert body.name.endswith("(body)")
    assert (body.line, body.function) == (
        line_of("the body stands here"),
        "test_the_body_counts_as_one_of_the_tasks",
    )
    assert nursery.report.finished == 1


async def test_a_body_that_waits_for_the_token_ends_with_it(autojump_clock: MockClock) -> None:
    start = trio.current_time()
    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(shut_down_after, nursery, 1)
        await nursery.token.wait()
    assert trio.current_time() - start == 1
    assert nursery.report.clean
    assert nursery.report.duration == 0.0


async def test_a_task_that_ends_with_the_grace_period_has_made_it(autojump_clock: MockClock) -> None:
    for _ in range(10):  # the order within one instant is trio's choice
        async with graceful(grace_period=5) as nursery:
            nursery.start_soon(finish_after_news, nursery.token, 5)
            nursery.shutdown()
        assert nursery.report.clean
        assert nursery.report.finished == 2


async def test_without_grace_tasks_are_told_and_cancelled_at_once(autojump_clock: MockClock) -> None:
    start = trio.current_time()
    async with graceful(grace_period=0) as nursery:
        nursery.start_soon(nursery.token.wait)
        nursery.start_soon(trio.sleep_forever, name="sleeper")
        await wait_all_tasks_blocked()
        nursery.shutdown()
    assert trio.current_time() == start
    assert [task.name for task in nursery.report.overran] == ["sleeper"]
    assert nursery.report.finished == 2


async def test_the_grace_period_is_half_a_minute_unless_you_say(autojump_clock: MockClock) -> None:
    async with open_graceful_nursery(signals=()) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.shutdown()
    assert nursery.report.duration == 30.0


async def test_a_task_cut_off_can_read_why(autojump_clock: MockClock) -> None:
    reasons: list[str | None] = []

    async def curious() -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            reasons.append(exc.reason)
            raise

    async with graceful(grace_period=1) as nursery:
        nursery.start_soon(curious)
        nursery.shutdown("deploy")
    assert reasons == ["shutdown: the grace period is over"]


async def test_an_infinite_grace_period_waits_as_long_as_it_takes(autojump_clock: MockClock) -> None:
    async with graceful(grace_period=math.inf) as nursery:
        nursery.start_soon(finish_after_news, nursery.token, 86400)
        nursery.shutdown()
    assert nursery.report.duration == 86400
    assert nursery.report.clean


async def test_tasks_can_be_started_while_it_drains(autojump_clock: MockClock) -> None:
    async def finish_with_help(nursery: GracefulNursery) -> None:
        await nursery.token.wait()
        nursery.start_soon(trio.sleep, 2)

    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(finish_with_help, nursery)
        await wait_all_tasks_blocked()
        nursery.shutdown()
    assert nursery.report.clean
    assert (nursery.report.finished, nursery.report.duration) == (3, 2.0)


@pytest.mark.parametrize("count", [1, 10, 100])
async def test_every_task_is_either_finished_or_named(count: int, autojump_clock: MockClock) -> None:
    async with graceful(grace_period=5) as nursery:
        for number in range(count):
            nursery.start_soon(finish_after_news, nursery.token, number / 10, name=f"quick {number}")
            nursery.start_soon(finish_after_news, nursery.token, 100 + number, name=f"slow {number}")
            await wait_all_tasks_blocked()
        nursery.shutdown()
    report = nursery.report
    quick = min(count, 51)
    assert report.finished == quick + 1
    names = [task.name for task in report.overran]
    assert len(names) == 2 * count - quick
    assert set(names) >= {f"slow {number}" for number in range(count)}
    slow = [name for name in names if name.startswith("slow")]
    assert slow == [f"slow {number}" for number in range(count)]  # in the order of their starts


async def test_nested_nurseries_shut_down_in_order(autojump_clock: MockClock) -> None:
    """All at once is no order: the pool must outlive the connections that use it."""
    log: list[tuple[float, str]] = []
    start = trio.current_time()

    async def task(name: str, token: CancellationToken, seconds: float) -> None:
        await finish_after_news(token, seconds)
        log.append((trio.current_time() - start, name))

    async with graceful() as pools:
        pools.start_soon(task, "pool", pools.token, 1)
        async with graceful() as connections:
            connections.start_soon(task, "connection", connections.token, 3)
            await trio.sleep(1)
            connections.shutdown("deploy")
        pools.shutdown(connections.report.reason)
    assert log == [(4, "connection"), (5, "pool")]
    assert pools.report.reason == "deploy"


async def test_the_end_of_a_critical_task_begins_the_shutdown(autojump_clock: MockClock) -> None:
    """A server whose consumer has returned must not wait for Ctrl-C for ever."""

    async def critical(token: CancellationToken) -> None:
        with token.cancel_on_exit("the consumer has ended"):
            await trio.sleep(2)

    async with graceful() as nursery:
        nursery.start_soon(critical, nursery.token)
        nursery.start_soon(finish_after_news, nursery.token, 1)
    assert (nursery.report.reason, nursery.report.duration) == ("the consumer has ended", 1.0)


async def test_a_unit_of_work_is_finished_not_dropped_half_done(autojump_clock: MockClock) -> None:
    """select! over the token drops the periodic work at any await; a check between units does not."""
    ledger = {"debit": 0, "credit": 0}

    async def transfer() -> None:
        ledger["debit"] += 1
        await trio.sleep(1)
        ledger["credit"] += 1

    async def periodic(token: CancellationToken) -> None:
        while not token.cancelled:
            await transfer()
            await token.run_until_cancelled(trio.sleep, 2)

    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(periodic, nursery.token)
        await trio.sleep(3.5)
        nursery.shutdown()
    assert ledger == {"debit": 2, "credit": 2}
    assert nursery.report.clean
    assert nursery.report.duration == 0.5


# --- where a task stands -----------------------------------------------------------------------------------


async def test_the_place_is_in_your_code_not_in_trio(autojump_clock: MockClock) -> None:
    async def inner(event: trio.Event) -> None:
        await event.wait()  # inner stands here

    async def outer() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(inner, trio.Event())
            await inner(trio.Event())

    async def in_a_nursery() -> None:
        async with trio.open_nursery() as nursery:  # the nursery stands here
            nursery.start_soon(trio.sleep_forever)

    async with graceful(grace_period=1) as nursery:
        nursery.start_soon(outer)
        await wait_all_tasks_blocked()
        nursery.start_soon(in_a_nursery)
        nursery.shutdown()
    first, second = nursery.report.overran
    assert (first.line, first.function) == (line_of("inner stands here"), "inner")
    assert (second.line, second.function) == (line_of("the nursery stands here"), "in_a_nursery")
    assert first.name.endswith("test_the_place_is_in_your_code_not_in_trio.<locals>.outer")


async def test_a_task_that_never_ran_your_code_has_a_place_too(autojump_clock: MockClock) -> None:
    async with graceful(grace_period=1) as nursery:
        nursery.start_soon(trio.sleep_forever, name="library")
        nursery.shutdown()
    [task] = nursery.report.overran
    assert task.function == "sleep_forever"
    assert task.line > 0


def test_a_task_without_python_frames_stands_nowhere() -> None:
    """A body inside compiled code must not make the report fail."""

    class Compiled:
        def iter_await_frames(self) -> Iterator[Any]:
            return iter(())

    task: Any = Compiled()
    assert locate("compiled", task) == CutOffTask("compiled", "?", 0, "?")


async def test_code_without_a_module_is_your_code(autojump_clock: MockClock) -> None:
    """As in a console or a template engine, where ``__name__`` may be missing or no text."""
    source = "async def work():\n    await sleep_forever()\n"
    for names in ({}, {"__name__": 3}):
        namespace: dict[str, Any] = {"sleep_forever": trio.sleep_forever, **names}
        exec(compile(source, "<console>", "exec"), namespace)
        async with graceful(grace_period=1) as nursery:
            nursery.start_soon(namespace["work"], name="worker")
            nursery.shutdown()
        assert nursery.report.overran == (CutOffTask("worker", "<console>", 2, "work"),)


async def test_tasks_are_listed_in_the_order_of_their_starts_services_last() -> None:
    async with graceful(grace_period=0) as nursery:
        nursery._start_service(trio.sleep_forever)
        for number in range(3):
            nursery.start_soon(trio.sleep_forever, name=f"task {number}")
            await wait_all_tasks_blocked()
        names = [name.rpartition(".")[2] for name, _ in nursery._ledger.left()[1:]]
        assert names == ["task 0", "task 1", "task 2", "sleep_forever"]
        nursery.shutdown()


async def test_a_task_started_in_the_last_moment_is_in_the_report(autojump_clock: MockClock) -> None:
    async def start_another(nursery: GracefulNursery) -> None:
        await trio.sleep(5)
        nursery.start_soon(trio.sleep_forever, name="latecomer")
        await trio.sleep_forever()

    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(start_another, nursery, name="starter")
        nursery.shutdown()
    assert [task.name for task in nursery.report.overran] == ["starter", "latecomer"]


async def test_a_task_that_finishes_after_it_was_cut_off_is_counted_once(autojump_clock: MockClock) -> None:
    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(20)

    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(shielded)
        nursery.shutdown()
    report = nursery.report
    assert (report.finished, len(report.overran), report.clean, report.duration) == (1, 1, False, 20.0)

    async with graceful(grace_period=5) as nursery:
        nursery.shutdown()
        await shielded()
    report = nursery.report
    assert (report.finished, len(report.overran), report.clean, report.duration) == (0, 1, False, 20.0)


# --- failures ----------------------------------------------------------------------------------------------


async def fail_after(seconds: float, error: BaseException) -> None:
    await trio.sleep(seconds)
    raise error


async def test_a_failure_behaves_as_in_any_nursery(autojump_clock: MockClock) -> None:
    """An error must reach the caller, not be thrown away with the result of a join."""
    start = trio.current_time()
    nursery = None
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="boom")):
        async with graceful() as nursery:
            nursery.start_soon(fail_after, 1, ValueError("boom"))
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(trio.sleep, 0.5)
    assert trio.current_time() - start == 1
    assert nursery is not None
    assert nursery.report == ShutdownReport(
        reason="failed with ValueError", duration=0.0, finished=2, clean=False, forced=False, overran=()
    )


async def test_a_failing_body_raises_a_group_too(autojump_clock: MockClock) -> None:
    with pytest.RaisesGroup(KeyError):
        async with graceful() as nursery:
            nursery.start_soon(trio.sleep_forever)
            raise KeyError("body")
    assert nursery.report.reason == "failed with KeyError"
    assert nursery.report.finished == 0
    assert not nursery.report.clean


@pytest.mark.parametrize("where", ["body", "task"])
async def test_a_failure_is_no_cyclic_garbage(where: str) -> None:
    """A frame in the traceback that holds the exception would keep it until the collector comes."""

    class MarkedError(Exception):
        pass

    async def fail() -> None:
        raise MarkedError

    async def run() -> Any:
        try:
            async with graceful() as nursery:
                if where == "task":
                    nursery.start_soon(fail)
                else:
                    raise MarkedError
        except ExceptionGroup as group:
            return weakref.ref(group)

    gc.collect()
    gc.disable()
    try:
        gone = await run()
        assert gone() is None
    finally:
        gc.enable()


async def test_all_failures_arrive(autojump_clock: MockClock) -> None:
    async def fail_in_cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError("cleanup")

    with pytest.RaisesGroup(ValueError, KeyError):
        async with graceful() as nursery:
            nursery.start_soon(fail_after, 1, ValueError("boom"))
            nursery.start_soon(fail_in_cleanup)


async def test_a_failure_during_the_drain_is_raised_and_reported(autojump_clock: MockClock) -> None:
    async def fail_late(token: CancellationToken) -> None:
        await finish_after_news(token, 2)
        raise ValueError("while finishing")

    with pytest.RaisesGroup(ValueError):
        async with graceful(grace_period=10) as nursery:
            nursery.start_soon(fail_late, nursery.token)
            nursery.start_soon(trio.sleep_forever)
            nursery.shutdown("deploy")
    report = nursery.report
    assert (report.reason, report.duration, report.clean) == ("deploy", 2.0, False)


async def test_an_error_in_the_cleanup_of_a_task_cut_off_is_raised(autojump_clock: MockClock) -> None:
    async def fail_in_cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("cleanup")

    with pytest.RaisesGroup(ValueError):
        async with graceful(grace_period=1) as nursery:
            nursery.start_soon(fail_in_cleanup)
            nursery.shutdown()
    assert len(nursery.report.overran) == 1


async def test_keyboard_interrupt_and_system_exit_pass() -> None:
    for error in (KeyboardInterrupt, SystemExit):
        with pytest.RaisesGroup(error):
            async with graceful() as nursery:
                nursery.start_soon(fail_after, 0, error())
        assert nursery.report.reason == f"failed with {error.__name__}"


async def test_the_nurserys_own_token_is_cancelled_on_a_failure() -> None:
    """Without that guard, whoever waits for the token outside would wait for ever."""
    with pytest.RaisesGroup(ValueError):
        async with graceful() as nursery:
            raise ValueError("boom")
    assert nursery.token.reason == "failed with ValueError"


async def test_a_token_of_yours_is_left_alone_on_a_failure() -> None:
    token = CancellationToken()
    with pytest.RaisesGroup(ValueError):
        async with graceful(token=token):
            raise ValueError("boom")
    assert not token.cancelled
    assert token._callbacks == {}


async def test_a_task_that_fails_before_started_fails_its_start_only(autojump_clock: MockClock) -> None:
    """A failed bind can be answered by another try; it is no failure of the nursery."""

    async def bind(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1)
        raise OSError("port taken")

    async def never_started(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1)

    async with graceful() as nursery:
        with pytest.raises(OSError, match="port taken"):
            await nursery.start(bind)
        with pytest.raises(RuntimeError):
            await nursery.start(never_started)
        await trio.sleep(60)
    assert nursery.report.clean
    assert nursery.report.finished == 1


# --- cancellation from outside -----------------------------------------------------------------------------


async def test_an_outer_cancellation_reaches_all_at_once(autojump_clock: MockClock) -> None:
    start = trio.current_time()
    nursery = None
    with trio.move_on_after(3) as scope:
        async with graceful(grace_period=100) as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(trio.sleep, 1)
    assert scope.cancelled_caught
    assert trio.current_time() - start == 3
    assert nursery is not None
    report = nursery.report
    assert (report.reason, report.finished, report.clean) == ("cancelled from outside", 2, False)
    assert nursery.token.reason == "cancelled from outside"


async def test_an_outer_cancellation_during_the_drain(autojump_clock: MockClock) -> None:
    nursery = None
    with trio.move_on_after(3) as scope:
        async with graceful(grace_period=100) as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.shutdown("deploy")
    assert scope.cancelled_caught
    assert nursery is not None
    assert (nursery.report.reason, nursery.report.duration) == ("deploy", 3.0)
    assert not nursery.report.clean


async def test_an_outer_timeout_with_an_error_in_cleanup(autojump_clock: MockClock) -> None:
    """The error must not be lost among the cancellations, nor wrapped twice."""

    async def fail_in_cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("cleanup")

    with pytest.RaisesGroup(ValueError), trio.move_on_after(3) as scope:
        async with graceful() as nursery:
            nursery.start_soon(fail_in_cleanup)
            nursery.start_soon(trio.sleep_forever)
    assert scope.cancel_called


async def test_no_task_is_left_behind(autojump_clock: MockClock) -> None:
    task = trio.lowlevel.current_task()
    before = task.child_nurseries
    living = trio.lowlevel.current_statistics().tasks_living
    for grace_period in (0, 5):
        async with graceful(grace_period) as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.shutdown()
        assert task.child_nurseries == before
        assert trio.lowlevel.current_statistics().tasks_living == living
        assert not nursery._ledger._running
        assert nursery._ledger._late == frozenset()


# --- logging -----------------------------------------------------------------------------------------------


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "trio_patterns.shutdown"]


async def test_each_stage_is_logged_with_count_and_names(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "trio_patterns.shutdown")
    async with graceful(grace_period=5) as nursery:
        for _ in range(3):
            nursery.start_soon(finish_after_news, nursery.token, 1, name="quick")
        nursery.start_soon(finish_after_news, nursery.token, 9, name="slow")
        await wait_all_tasks_blocked()
        nursery.shutdown("deploy")
    line = nursery.report.overran[0].line
    begin, cut, end = messages(caplog)
    assert begin == "shutdown begins (deploy): 5 s to finish; 4 tasks left: quick (x 3), slow"
    assert cut == (
        "shutdown: the grace period is over, cancelling what still runs; "
        f"1 task left: slow at {__file__}:{line} in finish_after_news"
    )
    assert end == (
        "shutdown: not clean end (deploy) after 5.00 s: 4 finished, "
        f"1 cut off: slow at {__file__}:{line} in finish_after_news"
    )


async def test_a_clean_shutdown_logs_its_beginning_and_its_end(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "trio_patterns.shutdown")
    async with graceful() as nursery:
        nursery.shutdown()
    assert messages(caplog) == [
        "shutdown: clean end (shutdown() was called) after 0.00 s: 1 finished",
    ]
    caplog.clear()
    async with graceful() as nursery:
        nursery.start_soon(trio.sleep, 1)
    assert messages(caplog) == []  # no shutdown, nothing to say


async def test_a_task_that_shields_itself_is_named_every_few_seconds(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An unbounded shield delays the exit without a word; nothing can break it, but it can be named."""

    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(22)  # the shield stands here

    caplog.set_level(logging.WARNING, "trio_patterns.shutdown")
    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(shielded, name="cleaner")
        nursery.shutdown()
    blocked = [record for record in caplog.records if "blocked" in record.getMessage()]
    assert len(blocked) == 3  # at 10, 15 and 20 of 22 seconds
    place = f"cleaner at {__file__}:{line_of('the shield stands here')} in shielded"
    assert blocked[0].getMessage() == f"cancelled, but blocked by a shield or a thread; 1 task left: {place}"


async def test_cleanup_with_a_deadline_on_its_shield_is_bounded(autojump_clock: MockClock) -> None:
    """An await in a finally block of a cancelled task fails at once, an unbounded shield hangs: bound it."""
    log: list[str] = []

    async def task() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.move_on_after(2, shield=True):
                await trio.sleep(1)
                log.append("said goodbye")
                await trio.sleep(100)

    async with graceful(grace_period=5) as nursery:
        nursery.start_soon(task)
        nursery.shutdown()
    assert log == ["said goodbye"]
    assert nursery.report.duration == 7.0


@pytest.mark.parametrize("how", ["failure", "outer"])
async def test_blocked_tasks_are_named_whoever_cancelled_them(
    how: str, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(12)

    caplog.set_level(logging.WARNING, "trio_patterns.shutdown")
    with trio.CancelScope() as scope:
        try:
            async with graceful() as nursery:
                nursery.start_soon(shielded, name="cleaner")
                await trio.sleep(0.5)
                if how == "outer":
                    scope.cancel()
                else:
                    raise ValueError("boom")
        except* ValueError:
            pass
    assert [message.partition(" at ")[0] for message in messages(caplog)] == [
        "cancelled, but blocked by a shield or a thread; 1 task left: cleaner"
    ] * 2


async def test_a_thread_is_waited_for_and_named(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call in a thread that can't be interrupted makes the shutdown wait: at least it says for whom."""
    monkeypatch.setattr("trio_patterns.shutdown.stages.BLOCKED_LOG_INTERVAL", 0.02)
    caplog.set_level(logging.WARNING, "trio_patterns.shutdown")
    release = threading.Event()

    async def in_thread() -> None:
        await trio.to_thread.run_sync(release.wait, 10)  # the thread stands here

    async with trio.open_nursery() as outside:

        async def release_when_named() -> None:
            # Named at least once in 0.2 s, if every 0.02 s; else the assertion below says so.
            await trio.sleep(0.2)
            release.set()

        outside.start_soon(release_when_named)
        async with graceful(grace_period=0) as nursery:
            nursery.start_soon(in_thread, name="query")
            await wait_all_tasks_blocked()
            nursery.shutdown()
    place = f"query at {__file__}:{line_of('the thread stands here')} in in_thread"
    assert any("blocked" in message and message.endswith(place) for message in messages(caplog))


# --- the report --------------------------------------------------------------------------------------------


def test_a_report_reads_as_a_sentence() -> None:
    task = CutOffTask("worker", "app.py", 7, "work")
    assert str(task) == "worker at app.py:7 in work"
    report = ShutdownReport("received SIGTERM", 1.5, 3, False, True, (task, task))
    assert str(report) == (
        "forced end (received SIGTERM) after 1.50 s: 3 finished, 2 cut off: worker at app.py:7 in work (x 2)"
    )
    many = tuple(CutOffTask(f"w{number}", "app.py", 7, "work") for number in range(13))
    for count, end in ((10, "w9 at app.py:7 in work"), (11, ", and 1 more"), (13, "in work, and 3 more")):
        assert str(ShutdownReport("x", 1.5, 3, False, False, many[:count])).endswith(end)
    assert str(ShutdownReport(None, 0.0, 3, True, False, ())) == "clean end after 0.00 s: 3 finished"


def test_tasks_left_read_as_a_phrase() -> None:
    assert describe([]) == "no task left"
    assert describe(["a"]) == "1 task left: a"
    assert describe(["a", "b", "a"]) == "3 tasks left: a (x 2), b"


def test_reports_are_values() -> None:
    report = ShutdownReport(None, 0.0, 3, True, False, ())
    assert report == ShutdownReport(None, 0.0, 3, True, False, ())
    with pytest.raises(AttributeError):
        report.clean = False  # type: ignore[misc]


# --- arguments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [-1, -0.001, math.nan, -math.inf])
def test_a_grace_period_out_of_range_is_refused_at_the_call(value: float) -> None:
    with pytest.raises(ValueError, match=f"grace_period must be a number of seconds >= 0, got {value}"):
        open_graceful_nursery(grace_period=value, signals=())


@pytest.mark.parametrize("value", ["30", None, True])
def test_a_grace_period_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="grace_period must be a number of seconds"):
        open_graceful_nursery(grace_period=value, signals=())


def test_a_token_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match=r"token must be a CancellationToken or None, got <trio\.Event"):
        open_graceful_nursery(signals=(), token=trio.Event())  # type: ignore[arg-type]


async def test_what_is_no_async_function_is_refused_where_it_is_started(autojump_clock: MockClock) -> None:
    async with graceful() as nursery:
        for start in (nursery.start_soon, partial(start_sync, nursery)):
            with pytest.raises(TypeError, match=r"async_fn must be an async function.*sleep, \.\.\."):
                start(trio.sleep(1))
        with pytest.raises(TypeError, match="async_fn must be an async function, got None"):
            nursery.start_soon(None)
        with pytest.raises(TypeError, match="async_fn must be an async function, got None"):
            await nursery.start(None)
        with pytest.raises(
            TypeError, match=r"^async_fn must be .*, but <function .*> returned 3, which can't"
        ):
            nursery.start_soon(lambda: 3)
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            nursery.start_soon(fail_after, 1)
        with pytest.raises(TypeError, match="reason must be a str or None, got 3"):
            nursery.shutdown(3)
    assert nursery.report.finished == 1


def start_sync(nursery: GracefulNursery, fn: Callable[..., Awaitable[object]]) -> None:
    """Drive ``nursery.start`` up to its first checkpoint, which a refused argument must not reach."""
    nursery.start(fn).send(None)


async def test_tasks_can_be_awaitables_from_plain_functions_and_partials(autojump_clock: MockClock) -> None:
    async with graceful() as nursery:
        nursery.start_soon(lambda: trio.sleep(1))
        nursery.start_soon(partial(trio.sleep, seconds=2))
    assert nursery.report.finished == 3


async def test_nothing_starts_after_the_end() -> None:
    async with graceful() as nursery:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        nursery.start_soon(trio.sleep, 1)


# --- invariants --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    durations=st.lists(st.integers(0, 20), max_size=12),
    grace=st.integers(0, 20),
)
def test_finished_plus_cut_off_is_all(durations: list[int], grace: int) -> None:
    """Each task, the body included, is counted exactly once, and the end comes when the last one allows."""

    async def main() -> None:
        async with graceful(grace) as nursery:
            for seconds in durations:
                nursery.start_soon(trio.sleep, seconds)
            nursery.shutdown("test")
        report = nursery.report
        assert report.finished + len(report.overran) == len(durations) + 1
        assert len(report.overran) == sum(seconds > grace for seconds in durations)
        assert report.clean == (not report.overran)
        assert report.duration == min(grace, max(durations, default=0))

    trio.run(main, clock=MockClock(autojump_threshold=0))
