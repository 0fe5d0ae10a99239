"""``python -m trio_patterns.timeline`` with scripts that change their surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from trio_patterns.timeline.__main__ import main

ONE_RUN = """
import trio
from trio.testing import MockClock

async def main():
    await trio.sleep(1)

trio.run(main, clock=MockClock(autojump_threshold=0))
"""


def write(path: Path, text: str) -> str:
    path.write_text(textwrap.dedent(text))
    return str(path)


def command(*arguments: str, stdin: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trio_patterns.timeline", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_relative_path_is_meant_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    script = write(tmp_path / "a script.py", f"import os\nos.chdir('elsewhere')\n{ONE_RUN}")
    assert main(["-o", "out.txt", Path(script).name]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a script.py", "elsewhere", "out.txt"]
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(("leave", "status"), [("", 1), ("raise SystemExit(3)", 3)])
def test_a_file_that_can_not_be_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], leave: str, status: int
) -> None:
    """It is said, the other files are written, and a script's own status is not hidden."""
    (tmp_path / "taken.svg").mkdir()
    script = write(tmp_path / "one.py", f"{ONE_RUN}\n{leave}\n")
    other = tmp_path / "out.txt"
    assert main(["-o", str(tmp_path / "taken.svg"), "-o", str(other), script]) == status
    assert other.exists()
    assert f"timeline: cannot write {tmp_path / 'taken.svg'}: Is a directory" in capfd.readouterr().err


def test_a_run_in_a_thread_that_outlives_the_script(tmp_path: Path) -> None:
    """Python waits for such a thread at its end, and so does the picture."""
    script = write(
        tmp_path / "threads.py",
        """
        import threading
        import time
        import trio

        async def main():
            await trio.sleep(0.2)

        threading.Thread(target=trio.run, args=(main,)).start()
        daemon = threading.Thread(target=trio.run, args=(trio.sleep_forever,), daemon=True)
        daemon.start()
        time.sleep(0.1)
        """,
    )
    done = command("-o", "out.txt", script, cwd=tmp_path)
    assert done.returncode == 0
    texts = sorted(
        (tmp_path / name).read_text(encoding="utf-8").partition(":")[2].splitlines()[0]
        for name in ("out.txt", "out-2.txt")
    )
    assert texts == [" 1 finished", " 1 still there"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process on Windows")
def test_ctrl_c_while_a_thread_goes_on(tmp_path: Path) -> None:
    script = write(
        tmp_path / "threads.py",
        """
        import os
        import signal
        import threading
        import time
        import trio

        signal.signal(signal.SIGINT, signal.default_int_handler)

        async def main():
            await trio.sleep(0.3)

        def interrupt():
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=trio.run, args=(main,)).start()
        threading.Thread(target=interrupt, daemon=True).start()
        """,
    )
    done = command("-o", "out.txt", script, cwd=tmp_path)
    assert done.returncode == 130
    assert "1 still there" in (tmp_path / "out.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
def test_a_child_that_leaves_the_script_too_writes_no_picture(tmp_path: Path) -> None:
    script = write(
        tmp_path / "fork.py",
        f"""
        import os
        import sys
        child = os.fork()
        if not child:
            sys.exit(7)
        _, status = os.waitpid(child, 0)
        print("child", os.waitstatus_to_exitcode(status))
        exec({ONE_RUN!r})
        """,
    )
    done = command("-o", "out.txt", script, cwd=tmp_path)
    assert done.stdout == "child 7\n"
    assert done.stderr.count("timeline: ") == 2


def test_processes_of_multiprocessing_find_the_script(tmp_path: Path) -> None:
    script = write(
        tmp_path / "processes.py",
        """
        import multiprocessing
        import trio

        def double(number):
            return 2 * number

        async def main():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(await trio.to_thread.run_sync(pool.map, double, [1, 2]))

        if __name__ == "__main__":
            trio.run(main)
        """,
    )
    done = command("-o", "out.txt", script, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[2, 4]\n")
    assert "main" in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_stdin_is_the_scripts_own(tmp_path: Path) -> None:
    script = write(tmp_path / "read.py", f"print('got', input())\n{ONE_RUN}")
    done = command("-o", "out.txt", script, stdin="a line\n", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "got a line\n")


@pytest.mark.parametrize("change", ["sys.stderr = None", "sys.stderr.close()", "os.close(2)"])
def test_a_script_without_stderr(tmp_path: Path, change: str) -> None:
    script = write(tmp_path / "mute.py", f"import os, sys\n{change}\n{ONE_RUN}")
    done = command("-o", "out.txt", script, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out.txt").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_a_name_that_is_no_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / os.fsdecode(b"k\xf6ln.py")
    script.write_text(ONE_RUN)
    outputs = [tmp_path / f"out{suffix}" for suffix in (".svg", ".html", ".json", ".txt")]
    flags = [part for output in outputs for part in ("-o", str(output))]
    assert main([*flags, str(script)]) == 0
    assert all(output.stat().st_size for output in outputs)
    assert "Traceback" not in capfd.readouterr().err


def test_a_package_that_can_not_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "silent_package").mkdir()
    (tmp_path / "silent_package" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["-m", "silent_package"]) == 1
    assert "'silent_package' is a package and cannot be directly executed" in capfd.readouterr().err


def test_a_second_ctrl_c_while_the_picture_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("trio_patterns.timeline.Timeline.to_svg", interrupt)
    script = write(tmp_path / "one.py", ONE_RUN)
    assert main(["-o", str(tmp_path / "out.svg"), script]) == 130
    assert "timeline: interrupted, not all is written" in capfd.readouterr().err
    assert not (tmp_path / "out.svg").exists()
