"""Dumps from a signal handler: whatever the program is at, the handler raises nothing into it."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.timeline import Timeline, dump_tasks, install_dump_signal
from trio_patterns.timeline.dump import _innermost_frame

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no SIGUSR1 on Windows")


@pytest.fixture(autouse=True)
def handler_restored() -> Iterator[None]:
    former = signal.getsignal(signal.SIGUSR1)
    yield
    found = signal.signal(signal.SIGUSR1, former)
    assert found == former


def kick() -> None:
    signal.raise_signal(signal.SIGUSR1)


async def test_a_thousand_levels(autojump_clock: trio.testing.MockClock) -> None:
    async def nest(depth: int) -> None:
        async with trio.open_nursery() as nursery:
            if depth:
                nursery.start_soon(nest, depth - 1)
            await trio.sleep(2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(nest, 1200)
        await trio.sleep(1)
        text = dump_tasks()
    assert text.count("waits on sleep") == 1201


async def test_names_and_code_that_are_hard_to_print(autojump_clock: trio.testing.MockClock) -> None:
    scope: dict[str, Any] = {"trio": trio}
    exec("async def work():\n    await trio.sleep(1)\n", scope)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scope["work"], name="two\nlines \ud800")
        await trio.sleep(0.5)
        text = dump_tasks(stacks=True)
    text.encode("utf-8")
    assert "two lines \ufffd waits on sleep at <string>:2 in work\n" in text


@pytest.mark.parametrize("how", ["closed", "none", "full"])
def test_there_is_no_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    with install_dump_signal():
        monkeypatch.setattr(sys, "stderr", {"closed": closed, "none": None, "full": Full()}[how])
        kick()
        monkeypatch.undo()
    assert capsys.readouterr().out == ""


def test_a_signal_while_the_stream_is_being_written() -> None:
    """A buffered stream refuses to be written to by a handler that has interrupted it."""
    reader, writer = os.pipe()

    class Slow(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def fileno(self) -> int:
            return writer

        def write(self, data: Any) -> int:
            if not kicked:
                kicked.append(True)
                kick()
            return os.write(writer, data)

    kicked: list[bool] = []
    file = io.TextIOWrapper(io.BufferedWriter(Slow()), encoding="utf-8")
    with install_dump_signal(file=file):
        file.write("the program's own\n")
        file.flush()
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert "no tasks\n" in pipe.read()


def test_a_tree_that_changes_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it may, if the run is in another thread."""

    def change(self: object, task: object) -> None:
        raise RuntimeError("changed size during iteration")

    file = io.StringIO()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0.01)
            await trio.sleep(0.005)
            monkeypatch.setattr("trio_patterns.timeline.stacks.Stacks.of", change)
            kick()
            monkeypatch.undo()

    with install_dump_signal(file=file):
        trio.run(main)
    assert "RuntimeError: changed size during iteration" in file.getvalue()


def test_installed_twice_and_removed_in_the_wrong_order() -> None:
    former = signal.getsignal(signal.SIGUSR1)
    first, second, third = (io.StringIO() for _ in range(3))
    one, two = install_dump_signal(file=first), install_dump_signal(file=second)
    one.remove()
    kick()
    assert ("no tasks" in second.getvalue(), first.getvalue()) == (True, "")
    two.remove()
    assert signal.getsignal(signal.SIGUSR1) is former
    one, two = install_dump_signal(file=first), install_dump_signal(file=second)
    three = install_dump_signal(file=third)
    two.remove()
    three.remove()
    kick()
    assert "no tasks" in first.getvalue()
    one.remove()
    assert signal.getsignal(signal.SIGUSR1) is former


def test_another_handler_is_left_in_place() -> None:
    def other(signum: int, frame: object) -> None:
        seen.append("other")

    def oldest(signum: int, frame: object) -> None:
        seen.append("oldest")

    seen: list[str] = []
    former = signal.signal(signal.SIGUSR1, oldest)
    file = io.StringIO()
    installed = install_dump_signal(file=file)
    below = signal.signal(signal.SIGUSR1, other)
    installed.remove()
    kick()
    signal.signal(signal.SIGUSR1, below)  # it puts back what it has found: ours, which is gone
    kick()
    assert seen == ["other", "oldest"]
    assert file.getvalue() == ""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    installed = install_dump_signal(file=file)
    below = signal.signal(signal.SIGUSR1, other)
    installed.remove()
    signal.signal(signal.SIGUSR1, below)
    kick()
    assert file.getvalue() == ""
    signal.signal(signal.SIGUSR1, former)


def test_a_signal_in_every_hook(caplog: pytest.LogCaptureFixture) -> None:
    class Kicking(trio.abc.Instrument):
        def _kick(self, *_: object) -> None:
            kick()

        before_run = task_spawned = task_scheduled = before_task_step = _kick  # type: ignore[assignment]
        after_task_step = task_exited = before_io_wait = after_io_wait = after_run = _kick  # type: ignore[assignment]

    async def work() -> None:
        with trio.move_on_after(0.01):
            await trio.sleep(1)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(trio.to_thread.run_sync, time.sleep, 0.01)

    file = io.StringIO()
    with install_dump_signal(file=file):
        trio.run(main, instruments=[Timeline(), Kicking()])
    assert caplog.text == ""
    assert "Traceback" not in file.getvalue()
    assert "work waits on sleep" in file.getvalue()


def test_a_run_in_another_thread_that_goes_on_or_has_ended() -> None:
    """The handler is in the main thread, and looks at the tasks of the thread in which the run is."""
    stop, busy = threading.Event(), threading.Event()
    file = io.StringIO()
    roots: list[trio.lowlevel.Task | None] = []

    def compute() -> None:
        roots.append(trio.lowlevel.current_root_task())
        busy.set()
        stop.wait()

    async def main() -> None:
        compute()

    thread = threading.Thread(target=trio.run, args=(main,))
    thread.start()
    assert busy.wait(5)
    with install_dump_signal(file=file) as installed:
        installed._root = roots[0]
        kick()
        stop.set()
        thread.join()
        kick()
    first, second = file.getvalue().split(f"tasks at signal {int(signal.SIGUSR1)}:\n")[1:]
    assert first.startswith("main runs at threading.py:")
    assert "called at" not in first
    assert second == "no tasks\n"


async def test_a_task_that_has_stopped_running_since(autojump_clock: trio.testing.MockClock) -> None:
    """No thread is at it any more when the handler looks for its frame."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 1)
        await trio.sleep(0.5)
        (task,) = nursery.child_tasks
        frame = _innermost_frame(task)
        assert frame is not None
        assert frame.f_code.co_name == "sleep"


def test_a_stream_that_can_not_write_every_letter() -> None:
    data = io.BytesIO()

    async def main() -> None:
        trio.lowlevel.current_task().name = "köln"
        kick()

    with install_dump_signal(file=io.TextIOWrapper(data, encoding="ascii")):
        trio.run(main)
        assert b"k\\xf6ln runs at" in data.getvalue()
