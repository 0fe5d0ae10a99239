"""``watch``: checks again when a file is saved, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
import trio.testing

from examples.learn import _commands
from examples.learn._shelf import Exercise
from examples.learn._verdict import Verdict
from examples.learn._workbook import Workbook

ROOT = Path(__file__).parents[2]


@pytest.fixture
def book(tmp_path: Path, exercises: dict[str, Exercise]) -> Workbook:
    book = Workbook(tmp_path, list(exercises.values()))
    for slug in ("lost_error", "late_stop"):
        book.copy(exercises[slug])
    return book


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was checked, with a checker that finds ``right`` in a right program."""
    seen: list[str] = []

    async def judge(exercise: Exercise, path: Path, patience: float) -> Verdict:
        await trio.lowlevel.checkpoint()
        seen.append(exercise.slug)
        right = path.read_text(encoding="utf-8") == "right"  # noqa: ASYNC240 - virtual time jumps past threads
        return Verdict(exercise.slug, () if right else ("wrong",))

    monkeypatch.setattr(_commands, "judge", judge)
    return seen


async def test_a_saved_file_is_checked_again(
    book: Workbook,
    checked: list[str],
    autojump_clock: trio.testing.MockClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rounds: list[Callable[[], object]] = [
        lambda: None,  # nothing was saved
        lambda: (book.folder / "late_stop.py").write_text("better", encoding="utf-8"),
        lambda: (book.folder / "late_stop.py").unlink(),  # as some editors do while they save
        lambda: (book.folder / "late_stop.py").write_text("right", encoding="utf-8"),
        lambda: book.copy(book.find("in_step")),  # started in another terminal
        lambda: None,
    ]
    after: list[list[str]] = []

    def enough() -> bool:
        after.append(list(checked))
        checked.clear()
        if len(after) == 1:
            return False
        if not rounds:
            return True
        rounds.pop(0)()
        return False

    assert await _commands.watch(book, None, 1.0, every=0.5, enough=enough) == 0
    assert after[1:] == [["lost_error", "late_stop"], [], ["late_stop"], [], ["late_stop"], ["in_step"], []]
    assert trio.current_time() == 3.5
    said = capsys.readouterr().out
    assert said.count("Watching ") == 1
    assert "late_stop: right.\n" in said
    assert book.progress.done("late_stop")


async def test_what_is_done_is_not_checked_at_the_start(
    book: Workbook, checked: list[str], autojump_clock: trio.testing.MockClock
) -> None:
    book.progress.entry("late_stop").done = True
    rounds = iter([False, True])
    await _commands.watch(book, None, 1.0, enough=lambda: next(rounds))
    assert checked == ["lost_error"]


async def test_one_exercise_alone(
    book: Workbook, checked: list[str], autojump_clock: trio.testing.MockClock
) -> None:
    rounds = iter([False, True])
    await _commands.watch(book, "late_stop", 1.0, enough=lambda: next(rounds))
    assert checked == ["late_stop"]


def _watching(folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "examples.learn", *more, "--dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )


@pytest.mark.skipif(os.name == "nt", reason="a signal to one process alone needs POSIX")
def test_ctrl_c_ends_watch(tmp_path: Path, exercises: dict[str, Exercise]) -> None:
    shutil.copyfile(exercises["lost_error"].broken, tmp_path / "lost_error.py")
    with _watching(tmp_path, "watch") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Watching"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "\npython -m examples.learn: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="a signal to one process alone needs POSIX")
def test_ctrl_c_ends_the_check_of_a_program_that_never_ends(tmp_path: Path) -> None:
    """And the process in which it runs, which has not heard of the signal."""
    mark = tmp_path / "pid"
    text = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    (tmp_path / "lost_error.py").write_text(text, encoding="utf-8")
    with _watching(tmp_path, "check", "lost_error", "--patience", "600") as process:
        while not (mark.exists() and mark.read_text(encoding="utf-8")):
            assert process.poll() is None
            time.sleep(0.02)
        child = int(mark.read_text(encoding="utf-8"))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "\npython -m examples.learn: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
