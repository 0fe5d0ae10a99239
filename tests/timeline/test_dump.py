"""`dump_tasks` and `install_dump_signal`: where each task stands, also in a program that hangs."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import trio
import trio.testing

from trio_patterns.backpressure import open_worker_pool
from trio_patterns.timeline import dump_tasks, install_dump_signal
from trio_patterns.timeline.dump import tree_of


def lines_of(text: str) -> list[str]:
    """Without line numbers and pytest's own tasks."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.lstrip().startswith(("main", "<test")))
    kept = textwrap.dedent("\n".join(lines[first:])).splitlines()
    return [":".join(part.lstrip("0123456789") for part in line.split(":")) for line in kept]


def run(main: object) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))  # type: ignore[arg-type]


def test_the_tree_of_tasks_with_the_lines_at_which_they_wait() -> None:
    texts: list[str] = []

    async def holder(lock: trio.Lock) -> None:
        async with lock:
            await trio.sleep(5)

    async def nested(lock: trio.Lock) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(holder, lock)
            await trio.sleep(1)

    async def service() -> None:
        await trio.sleep_forever()

    async def main() -> None:
        lock = trio.Lock()
        trio.lowlevel.spawn_system_task(service)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(holder, lock)
            await trio.sleep(0.5)
            nursery.start_soon(nested, lock)
            await trio.sleep(0.5)
            nursery.start_soon(trio.sleep, 1)  # it has not begun
            texts.append(dump_tasks())

    run(main)
    assert lines_of(texts[0]) == [
        "main runs at test_dump.py: in main",
        "    > texts.append(dump_tasks())",
        "    holder #1 waits on sleep at test_dump.py: in holder",
        "        > await trio.sleep(5)",
        "    nested waits on sleep at test_dump.py: in nested",
        "        > await trio.sleep(1)",
        "        holder #2 waits on Lock.acquire at test_dump.py: in holder",
        "            > async with lock:",
        "    sleep has not begun",
        "service waits on sleep_forever at test_dump.py: in service",
        "    > await trio.sleep_forever()",
    ]


def test_with_all_lines_that_led_to_a_wait() -> None:
    texts: list[str] = []

    async def inner() -> None:
        await trio.sleep(1)

    async def outer() -> None:
        await inner()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outer)
            await trio.sleep(0.5)
            texts.append(dump_tasks(stacks=True))

    run(main)
    assert lines_of(texts[0])[2:] == [
        "    outer waits on sleep at test_dump.py: in inner",
        "        > await trio.sleep(1)",
        "        called at test_dump.py: in outer",
    ]


async def test_tasks_of_the_library_are_shown_too(autojump_clock: trio.testing.MockClock) -> None:
    async with open_worker_pool(trio.sleep, workers=1) as pool:
        await pool.submit(1)
        await trio.sleep(0.5)
        text = dump_tasks()
    assert "sleep (worker 1) waits on sleep at _timeouts.py:" in text


def test_there_may_be_no_task() -> None:
    assert tree_of(None, None, None, stacks=True) == "no tasks\n"
    with pytest.raises(RuntimeError):
        dump_tasks()


def hang(log: list[float]) -> None:
    """Keep the loop from running until the signal has come."""
    while not log:
        time.sleep(0.001)


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no SIGUSR1 on Windows")
class TestSignal:
    """In processes and threads of their own, with real signals."""

    def test_the_tree_on_a_signal_in_a_wait_and_in_a_blocked_loop(self) -> None:
        file = io.StringIO()

        def later() -> None:
            time.sleep(0.02)
            os.kill(os.getpid(), signal.SIGUSR1)

        async def main() -> None:
            seen: list[float] = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.to_thread.run_sync, later)
                with trio.move_on_after(5):
                    while not file.getvalue():  # noqa: ASYNC110 - a signal handler sets it
                        await trio.sleep(0.01)
                first = file.getvalue()
                threading.Thread(target=later).start()
                end = time.monotonic() + 5
                while file.getvalue() == first and time.monotonic() < end:
                    time.sleep(0.001)  # noqa: ASYNC251 - the loop is to be blocked
                assert seen == []

        former = signal.getsignal(signal.SIGUSR1)
        with install_dump_signal(file=file) as installed:
            trio.run(main)
        assert signal.getsignal(signal.SIGUSR1) is former
        installed.remove()  # the second time it does nothing
        assert signal.getsignal(signal.SIGUSR1) is former
        first, second = file.getvalue().split(f"tasks at signal {int(signal.SIGUSR1)}:\n")[1:]
        assert first.startswith("main ")
        assert "waits on later at" in first
        assert second.startswith("main runs at test_dump.py:")
        assert "> time.sleep(0.001)" in second

    def test_outside_of_a_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        with install_dump_signal():
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.01)
        assert capsys.readouterr().err == f"tasks at signal {int(signal.SIGUSR1)}:\nno tasks\n"

    def test_a_run_in_another_thread(self) -> None:
        """Python handles signals in the main thread, so that looks at the other one's tasks."""
        file = io.StringIO()
        tokens: list[trio.lowlevel.TrioToken] = []
        ready, done = threading.Event(), threading.Event()

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever, name="there")
                await trio.testing.wait_all_tasks_blocked()
                tokens.append(trio.lowlevel.current_trio_token())
                roots.append(trio.lowlevel.current_root_task())
                ready.set()
                await trio.to_thread.run_sync(done.wait)
                nursery.cancel_scope.cancel()

        roots: list[trio.lowlevel.Task | None] = []
        thread = threading.Thread(target=trio.run, args=(main,))
        thread.start()
        ready.wait()
        try:
            text = tree_of(roots[0], None, None, stacks=False)
        finally:
            done.set()
            thread.join()
        assert "there waits on sleep_forever" in text
        assert file.getvalue() == ""

    def test_installed_inside_of_a_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        async def main() -> None:
            with install_dump_signal(signal.SIGUSR2, stacks=False):
                os.kill(os.getpid(), signal.SIGUSR2)
                await trio.sleep(0.01)

        trio.run(main)
        assert capsys.readouterr().err.startswith(f"tasks at signal {int(signal.SIGUSR2)}:\nmain ")

    def test_only_in_the_main_thread(self) -> None:
        async def main() -> None:
            with pytest.raises(RuntimeError, match="in the main thread"):
                await trio.to_thread.run_sync(install_dump_signal)

        trio.run(main)

    def test_the_signal_of_windows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there is no SIGUSR1."""
        stand_in = int(signal.SIGUSR2)
        monkeypatch.delattr(signal, "SIGUSR1")
        monkeypatch.setattr(signal, "SIGBREAK", stand_in, raising=False)
        former = signal.getsignal(stand_in)
        with install_dump_signal():
            assert signal.getsignal(stand_in) is not former
        assert signal.getsignal(stand_in) is former

    def test_a_platform_without_a_signal_to_spare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(signal, "SIGUSR1")
        with pytest.raises(RuntimeError, match="no signal to spare; name one as signum="):
            install_dump_signal()

    def test_no_such_signal(self) -> None:
        with pytest.raises(ValueError, match="signal"):
            install_dump_signal(9999)

    def test_a_program_that_hangs(self, tmp_path: Path) -> None:
        """As it is meant to be used: another process, and a signal from outside."""
        script = tmp_path / "hangs.py"
        script.write_text(
            textwrap.dedent(
                """
                import trio
                from trio_patterns.timeline import install_dump_signal

                async def philosopher(left, right):
                    async with left:
                        await trio.sleep(0.01)
                        async with right:
                            pass

                async def main():
                    one, two = trio.Lock(), trio.Lock()
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(philosopher, one, two)
                        nursery.start_soon(philosopher, two, one)
                        await trio.sleep(0.05)
                        print("hangs", flush=True)

                install_dump_signal()
                trio.run(main)
                """
            )
        )
        with subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == "hangs\n"
            time.sleep(0.05)
            process.send_signal(signal.SIGUSR1)
            lines = [process.stderr.readline() for _ in range(7)]
            process.send_signal(signal.SIGINT)
            process.communicate()
        assert lines[1:] == [
            "main waits on its tasks at hangs.py:13 in main\n",
            "    > async with trio.open_nursery() as nursery:\n",
            "    philosopher #1 waits on Lock.acquire at hangs.py:8 in philosopher\n",
            "        > async with right:\n",
            "    philosopher #2 waits on Lock.acquire at hangs.py:8 in philosopher\n",
            "        > async with right:\n",
        ]
