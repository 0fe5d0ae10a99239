"""open_graceful_nursery and real signals: in this process, and in programs of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_patterns.shutdown import SHUTDOWN_SIGNALS, CancellationToken, open_graceful_nursery
from trio_patterns.shutdown.signals import _existing

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal to send")


async def finish_after_news(token: CancellationToken, seconds: float) -> None:
    await token.wait()
    await trio.sleep(seconds)


async def send_after(seconds: float, number: signal.Signals) -> None:
    await trio.sleep(seconds)
    signal.raise_signal(number)


# --- which signals -----------------------------------------------------------------------------------------


def test_the_default_is_what_the_platform_has() -> None:
    """SIGTERM or SIGBREAK may be missing; a name that is not there must not be an error."""
    assert signal.SIGINT in SHUTDOWN_SIGNALS
    if sys.platform == "win32":
        assert signal.SIGBREAK in SHUTDOWN_SIGNALS
    else:
        assert set(SHUTDOWN_SIGNALS) == {signal.SIGINT, signal.SIGTERM}
    assert _existing(("SIGINT", "SIGNOWHERE")) == (signal.SIGINT,)


# --- one signal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT), pytest.param(signal.SIGTERM, marks=needs_posix)]
)
async def test_a_signal_begins_the_shutdown(number: signal.Signals, autojump_clock: MockClock) -> None:
    """Ctrl-C alone is not enough: systemd and containers send SIGTERM."""
    start = trio.current_time()
    async with open_graceful_nursery(grace_period=10) as nursery:
        nursery.start_soon(finish_after_news, nursery.token, 4)
        nursery.start_soon(send_after, 1, number)
    report = nursery.report
    assert trio.current_time() - start == 5
    assert (report.reason, report.signal) == (f"received {number.name}", number)
    assert (report.duration, report.finished, report.clean, report.forced) == (4.0, 3, True, False)


async def test_a_signal_reaches_a_body_that_waits(autojump_clock: MockClock) -> None:
    async with open_graceful_nursery(grace_period=10) as nursery:
        nursery.start_soon(send_after, 1, signal.SIGINT)
        await nursery.token.wait()
    assert nursery.report.clean


async def test_one_signal_does_not_shorten_the_grace_period(autojump_clock: MockClock) -> None:
    async with open_graceful_nursery(grace_period=10) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.start_soon(send_after, 1, signal.SIGINT)
    assert (nursery.report.duration, nursery.report.forced) == (10.0, False)


@needs_posix
async def test_other_signals_can_be_asked_for(autojump_clock: MockClock) -> None:
    async with open_graceful_nursery(signals=[signal.SIGUSR1, signal.SIGUSR1]) as nursery:
        nursery.start_soon(send_after, 1, signal.SIGUSR1)
        await nursery.token.wait()
    assert nursery.report.reason == "received SIGUSR1"


@needs_posix
async def test_without_signals_none_is_touched(autojump_clock: MockClock) -> None:
    seen: list[int] = []
    old = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        async with open_graceful_nursery(signals=()) as nursery:
            signal.raise_signal(signal.SIGTERM)
            await trio.sleep(1)
    finally:
        signal.signal(signal.SIGTERM, old)
    assert seen == [signal.SIGTERM]
    assert nursery.report.reason is None


# --- two signals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(signal.SIGINT, signal.SIGINT),
        pytest.param(signal.SIGTERM, signal.SIGINT, marks=needs_posix),
    ],
)
async def test_a_second_signal_cancels_at_once(
    first: signal.Signals,
    second: signal.Signals,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A handler that stays deaf after the first Ctrl-C leaves nothing but SIGKILL."""
    async with open_graceful_nursery(grace_period=1000) as nursery:
        nursery.start_soon(trio.sleep_forever, name="sleeper")
        nursery.start_soon(send_after, 1, first)
        nursery.start_soon(send_after, 3, second)
    report = nursery.report
    assert (report.duration, report.forced, report.clean) == (2.0, True, False)
    assert report.signal == first
    assert [task.name for task in report.overran] == ["sleeper"]
    [cut] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert cut.startswith(
        "shutdown: a second signal came, cancelling what still runs; 1 task left: sleeper at "
    )


async def test_the_first_signal_in_a_shutdown_by_other_means_does_not_force(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "trio_patterns.shutdown")
    async with open_graceful_nursery(grace_period=10) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.start_soon(send_after, 1, signal.SIGINT)
        nursery.shutdown("deploy")
    report = nursery.report
    assert (report.reason, report.signal, report.duration, report.forced) == ("deploy", None, 10.0, False)
    texts = [record.getMessage() for record in caplog.records]
    assert "received SIGINT: shutting down already, once more cancels at once" in texts

    async with open_graceful_nursery(grace_period=10) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.start_soon(send_after, 1, signal.SIGINT)
        nursery.start_soon(send_after, 2, signal.SIGINT)
        nursery.shutdown("deploy")
    assert (nursery.report.duration, nursery.report.forced) == (2.0, True)


async def test_a_third_signal_names_what_blocks(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            await send_after(1, signal.SIGINT)
            await send_after(1, signal.SIGINT)
            await send_after(1, signal.SIGINT)
            await trio.sleep(0.5)

    async with open_graceful_nursery() as nursery:
        nursery.start_soon(shielded, name="cleaner")
    assert nursery.report.forced
    texts = [record.getMessage() for record in caplog.records]
    assert "received SIGINT: nothing more can be done here" in texts
    assert any(text.startswith("cancelled, but blocked") and "cleaner" in text for text in texts)


async def test_a_second_signal_after_the_grace_period_names_what_blocks(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nothing left that it could cancel, so it must not look as if it had."""

    async def shielded() -> None:
        with trio.CancelScope(shield=True):
            await send_after(1, signal.SIGINT)
            await send_after(3, signal.SIGINT)
            await trio.sleep(0.5)

    async with open_graceful_nursery(grace_period=2) as nursery:
        nursery.start_soon(shielded, name="cleaner")
    assert (nursery.report.duration, nursery.report.forced) == (3.5, False)
    texts = [record.getMessage().partition(" at ")[0] for record in caplog.records]
    assert texts == [
        "shutdown: the grace period is over, cancelling what still runs; 1 task left: cleaner",
        "received SIGINT: nothing more can be done here",
        "cancelled, but blocked by a shield or a thread; 1 task left: cleaner",
    ]


# --- no surprise at the exit -------------------------------------------------------------------------------


async def test_a_signal_in_the_last_moment_is_no_surprise_afterwards() -> None:
    """What a receiver has not read when it closes is raised again: a KeyboardInterrupt after a clean stop."""
    for signals_at_the_end in (1, 2, 3):

        async def last_moment(count: int = signals_at_the_end) -> None:
            await nursery.token.wait()
            for _ in range(count):
                signal.raise_signal(signal.SIGINT)

        async with open_graceful_nursery() as nursery:
            nursery.start_soon(last_moment)
            await wait_all_tasks_blocked()
            nursery.shutdown("deploy")
        assert nursery.report.clean
        await trio.lowlevel.checkpoint()


@needs_posix
async def test_different_signals_in_the_last_moment_are_all_read() -> None:
    wanted = [signal.SIGUSR1, signal.SIGTERM, signal.SIGINT]
    for _ in range(20):  # the order within one turn is trio's choice
        async with open_graceful_nursery(signals=wanted) as nursery:
            for number in wanted:
                signal.raise_signal(number)
        assert nursery.report.clean
        assert nursery.report.signal in wanted


async def test_a_signal_that_nobody_else_has_noticed_is_in_the_report() -> None:
    async with open_graceful_nursery() as nursery:
        signal.raise_signal(signal.SIGINT)
    assert nursery.report.reason == "received SIGINT"
    assert nursery.token.cancelled


async def test_handlers_are_restored_however_the_block_ends(autojump_clock: MockClock) -> None:
    before = [signal.getsignal(number) for number in SHUTDOWN_SIGNALS]

    async with open_graceful_nursery() as nursery:
        assert [signal.getsignal(number) for number in SHUTDOWN_SIGNALS] != before
    assert [signal.getsignal(number) for number in SHUTDOWN_SIGNALS] == before

    with pytest.RaisesGroup(ValueError):
        async with open_graceful_nursery() as nursery:
            raise ValueError("boom")
    assert [signal.getsignal(number) for number in SHUTDOWN_SIGNALS] == before

    with trio.move_on_after(1):
        async with open_graceful_nursery() as nursery:
            await trio.sleep_forever()
    assert [signal.getsignal(number) for number in SHUTDOWN_SIGNALS] == before

    async with open_graceful_nursery(grace_period=1) as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.shutdown()
    assert [signal.getsignal(number) for number in SHUTDOWN_SIGNALS] == before


# --- threads -----------------------------------------------------------------------------------------------


def in_thread(fn: Any) -> Any:
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(fn())
        except Exception as exc:
            result.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def test_signals_outside_the_main_thread_are_refused_with_the_way_out() -> None:
    error = in_thread(open_graceful_nursery)
    assert isinstance(error, RuntimeError)
    assert str(error) == (
        "signals can be received in the main thread only: pass signals=() here, and cancel the token "
        "from the main thread"
    )


def test_without_signals_it_works_in_any_thread() -> None:
    async def main() -> float:
        async with open_graceful_nursery(grace_period=5, signals=()) as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.shutdown()
        return nursery.report.duration

    assert in_thread(lambda: trio.run(main, clock=MockClock(autojump_threshold=0))) == 5.0


# --- arguments ---------------------------------------------------------------------------------------------


def test_signals_that_cannot_be_are_refused_at_the_call() -> None:
    wrong: Any
    for wrong in (signal.SIGINT, None, "SIGINT"):
        with pytest.raises(TypeError, match="signals must be an iterable of signal numbers"):
            open_graceful_nursery(signals=wrong)
    for wrong in (["SIGINT"], [True], [None]):
        with pytest.raises(TypeError, match=r"signals must hold signal numbers like signal\.SIGTERM"):
            open_graceful_nursery(signals=wrong)
    with pytest.raises(ValueError, match="signals must hold signals that exist here, got 12345"):
        open_graceful_nursery(signals=[12345])


@needs_posix
def test_signals_that_cannot_be_caught_are_refused_at_the_call() -> None:
    with pytest.raises(ValueError, match="signals must hold signals that can be caught, got SIGKILL"):
        open_graceful_nursery(signals=[signal.SIGKILL])


# --- programs of their own ---------------------------------------------------------------------------------

PROGRAM = """
import signal, sys, trio
from trio_patterns.shutdown import open_graceful_nursery

async def worker(token, seconds):
    await token.wait()
    print("told", flush=True)
    await trio.sleep(seconds)
    print("finished", flush=True)

async def main(seconds):
    async with open_graceful_nursery(grace_period=20) as nursery:
        nursery.start_soon(worker, nursery.token, seconds)
        await trio.testing.wait_all_tasks_blocked()
        print("ready", flush=True)
    print("forced" if nursery.report.forced else "clean" if nursery.report.clean else "cut", flush=True)
    return nursery.report

import trio.testing
report = trio.run(main, float(sys.argv[1]))
"""

RAISE_AGAIN = """
if report.signal is not None:
    signal.signal(report.signal, signal.SIG_DFL)
    signal.raise_signal(report.signal)
"""


@contextmanager
def program(source: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(source), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@needs_posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_stops_cleanly_on_a_signal(number: signal.Signals) -> None:
    with program(PROGRAM, "0.01") as process:
        assert read_line(process) == "ready"
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=20)
    assert out.split() == ["told", "finished", "clean"]
    assert "Traceback" not in err
    assert process.returncode == 0


@needs_posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_stops_at_once_on_two_signals(number: signal.Signals) -> None:
    with program(PROGRAM, "3600") as process:
        assert read_line(process) == "ready"
        os.kill(process.pid, number)
        assert read_line(process) == "told"
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=15)  # far below the grace period of 20 s
    assert out.split() == ["forced"]
    assert "Traceback" not in err
    assert process.returncode == 0


@needs_posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_can_show_its_parent_the_signal_it_ended_by(number: signal.Signals) -> None:
    """With exit status 0 after Ctrl-C, a shell script would go on with its next command."""
    with program(PROGRAM + RAISE_AGAIN, "0.01") as process:
        assert read_line(process) == "ready"
        os.kill(process.pid, number)
        out, _ = process.communicate(timeout=20)
    assert out.split() == ["told", "finished", "clean"]
    assert process.returncode == -number
