"""``python -m examples.learn``: what each command does, what it says, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.learn import __main__ as command_line
from examples.learn.__main__ import COMMANDS, main
from examples.learn._shelf import Exercise

ROOT = Path(__file__).parents[2]


class Shell:
    """Runs commands in this process, in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.err = ""

    def __call__(self, *arguments: str, status: int = 0) -> str:
        try:
            ended = main([*arguments, "--dir", str(self.folder)])
        except SystemExit as leave:
            ended = int(leave.code or 0)
        said = self._capsys.readouterr()
        self.err = said.err
        assert ended == status, said
        return said.out

    def mend(self, exercise: Exercise) -> None:
        shutil.copyfile(exercise.solutions[0], self.folder / f"{exercise.slug}.py")

    @property
    def progress(self) -> dict[str, dict[str, object]]:
        return json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))["exercises"]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "mine", capsys)


def test_without_a_command_it_lists_and_says_what_to_do(shell: Shell, exercises: dict[str, Exercise]) -> None:
    said = shell()
    for exercise in exercises.values():
        assert f"{exercise.slug}  " in said
        assert exercise.title in said
    assert said.startswith(f"{len(exercises)} exercises, 0 done\n\nSpawning: ")
    assert "  next       lost_error " in said
    assert said.endswith(f"Now: python -m examples.learn start --dir {shell.folder} lost_error\n")
    assert not shell.folder.exists()  # looking leaves nothing behind


def test_start_copies_the_program_and_tells_its_story(shell: Shell, exercises: dict[str, Exercise]) -> None:
    said = shell("start")
    exercise = exercises["lost_error"]
    copy = shell.folder / "lost_error.py"
    assert copy.read_bytes() == exercise.broken.read_bytes()
    assert said.startswith(exercise.title)
    assert exercise.question in " ".join(said.split())
    assert f"  python {copy}\n" in said
    assert "  started    lost_error " in shell()


def test_start_never_overwrites(shell: Shell) -> None:
    shell("start", "lost_error")
    copy = shell.folder / "lost_error.py"
    copy.write_text("mine", encoding="utf-8")
    assert "lost_error is started already" in shell("start", "lost_error")
    assert copy.read_text(encoding="utf-8") == "mine"


def test_check_says_what_is_wrong_until_it_is_right(shell: Shell, exercises: dict[str, Exercise]) -> None:
    shell("start", "lost_error")
    said = shell("check", "lost_error", status=1)
    assert said == exercises["lost_error"].broken.with_suffix(".verdict").read_text(encoding="utf-8")
    shell.mend(exercises["lost_error"])
    said = shell("check", "lost_error")
    assert said.startswith(f"lost_error: right.\n  {exercises['lost_error'].learnt}\n")
    assert said.endswith("start --dir " + str(shell.folder) + " first_answer\n")
    assert shell.progress["lost_error"] == {"done": True, "hints": 0, "looked_up": False}
    assert "  done       lost_error " in shell()
    shutil.copyfile(exercises["lost_error"].broken, shell.folder / "lost_error.py")
    shell("check", status=1)
    assert shell.progress["lost_error"]["done"] is False  # what is broken again is not done


def test_check_takes_all_that_are_started(shell: Shell, exercises: dict[str, Exercise]) -> None:
    shell("start", "lost_error")
    shell("start", "late_stop")
    shell.mend(exercises["late_stop"])
    said = shell("check", status=1)
    assert "lost_error: still wrong." in said
    assert "late_stop: right." in said
    assert said.endswith("\n1 of 2 right.\n")


def test_each_hint_shows_one_more(shell: Shell, exercises: dict[str, Exercise]) -> None:
    hints = exercises["lost_error"].hints
    for shown in range(1, len(hints) + 1):
        said = " ".join(shell("hint", "lost_error").split())
        assert [hint for hint in hints if hint in said] == list(hints[:shown])
        assert "There are no more hints" not in said
    said = shell("hint", "lost_error")
    assert said.endswith(
        f"There are no more hints. The solution: python -m examples.learn solution --dir {shell.folder} "
        "lost_error\n"
    )
    assert shell.progress["lost_error"]["hints"] == len(hints)


def test_a_solution_that_is_looked_up_is_marked(shell: Shell, exercises: dict[str, Exercise]) -> None:
    said = shell("solution", "lost_error")
    for path in exercises["lost_error"].solutions:
        assert path.read_text(encoding="utf-8") in said
    shell("start", "lost_error")
    shell.mend(exercises["lost_error"])
    shell("check")
    assert "  looked up  lost_error " in shell()


def test_who_has_solved_it_may_compare(shell: Shell, exercises: dict[str, Exercise]) -> None:
    shell("start", "lost_error")
    shell.mend(exercises["lost_error"])
    shell("check")
    shell("solution", "lost_error")
    assert "  done       lost_error " in shell()


def test_reset_keeps_what_was_there(shell: Shell, exercises: dict[str, Exercise]) -> None:
    shell("start", "lost_error")
    for number in (1, 2):
        (shell.folder / "lost_error.py").write_text(f"mine {number}", encoding="utf-8")
        said = shell("reset", "lost_error")
        kept = shell.folder / f"lost_error.before_reset_{number}.py"
        assert kept.read_text(encoding="utf-8") == f"mine {number}"
        assert str(kept) in said
    assert (shell.folder / "lost_error.py").read_bytes() == exercises["lost_error"].broken.read_bytes()
    assert shell.progress["lost_error"] == {"done": False, "hints": 0, "looked_up": False}


def test_when_all_is_done_it_says_so(shell: Shell, exercises: dict[str, Exercise]) -> None:
    done = {"version": 1, "exercises": {slug: {"done": True} for slug in exercises}}
    shell.folder.mkdir()
    (shell.folder / "progress.json").write_text(json.dumps(done), encoding="utf-8")
    assert shell().endswith("All done.\n")
    assert shell("start") == "All done.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["strat"], "error: COMMAND: there is no command 'strat'; did you mean start?"),
        (
            ["lost_error"],
            "error: COMMAND: 'lost_error' is an exercise: python -m examples.learn start lost_error",
        ),
        (["lost_eror"], "error: COMMAND: there is no command 'lost_eror'; did you mean start lost_error"),
        (
            ["zzz"],
            "error: COMMAND: there is no command 'zzz'; there are start, check, hint, solution, reset, watch",
        ),
        (["start", "lost_eror"], "error: NAME: no exercise is called 'lost_eror'; did you mean lost_error"),
        (["start", "zzz"], "error: NAME: no exercise is called 'zzz'; python -m examples.learn"),
        (
            ["check", "lost_error"],
            "error: NAME: 'lost_error' is not started yet: python -m examples.learn start",
        ),
        (["check"], "error: nothing is started yet in "),
        (["hint"], "error: the following arguments are required: NAME"),
        (["check", "--patience", "0"], "--patience: a number of seconds above 0 is needed, not '0'"),
        (["check", "--patience", "soon"], "--patience: a number of seconds above 0 is needed, not 'soon'"),
        (["reset", "late_stop"], "error: NAME: 'late_stop' is not started yet"),
        (["watch", "late_stop"], "error: NAME: 'late_stop' is not started yet"),
    ],
)
def test_wrong_usage_names_the_argument_and_the_value(shell: Shell, arguments: list[str], said: str) -> None:
    assert shell(*arguments, status=2) == ""
    assert said in shell.err
    assert len(shell.err.splitlines()) == 1


def test_a_folder_that_is_a_file(shell: Shell) -> None:
    shell.folder.write_text("", encoding="utf-8")
    shell("start", status=2)
    assert f"error: --dir: {str(shell.folder)!r} is not a folder" in shell.err


def test_a_folder_that_cannot_be_made(shell: Shell) -> None:
    shell.folder.write_text("", encoding="utf-8")
    shell.folder = shell.folder / "below"
    shell("start", status=2)
    assert f"error: --dir: {str(shell.folder)!r} can't be used: " in shell.err


def test_a_path_is_a_name_too(shell: Shell) -> None:
    """What a shell completes."""
    shell("start", "lost_error")
    assert "lost_error: still wrong." in shell("check", str(shell.folder / "lost_error.py"), status=1)


def test_a_broken_progress_file_is_told_and_kept(shell: Shell, exercises: dict[str, Exercise]) -> None:
    shell("start", "lost_error")
    shell.mend(exercises["lost_error"])
    for number, text in enumerate(
        ["{", "[]", '{"version": 2}', '{"version": 1, "exercises": {"a": {"b": 1}}}'], 1
    ):
        (shell.folder / "progress.json").write_text(text, encoding="utf-8")
        assert "  started    lost_error " in shell()
        assert "progress.json can't be read (" in shell.err
        kept = shell.folder / f"progress.json.broken-{number}"
        assert kept.name in shell.err
        assert kept.read_text(encoding="utf-8") == text
    shell("check")
    assert shell.err == ""
    assert shell.progress["lost_error"]["done"] is True


def test_a_progress_file_that_is_no_text(shell: Shell) -> None:
    shell.folder.mkdir()
    (shell.folder / "progress.json").write_bytes(b"\xff\xfe")
    shell()
    assert "can't be read ('utf-8' codec" in shell.err


def test_progress_is_written_whole_or_not_at_all(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("hint", "lost_error")
    before = (shell.folder / "progress.json").read_text(encoding="utf-8")

    def full(*arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("examples.learn._progress.os.fsync", full)
    shell("hint", "lost_error", status=2)
    assert "can't be used: disk full" in shell.err
    assert (shell.folder / "progress.json").read_text(encoding="utf-8") == before
    assert [path.name for path in shell.folder.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_everything_has_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leave:
        main(arguments)
    assert leave.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: python -m examples.learn")
    assert "--dir" in said or arguments == ["--help"]


def test_a_keyboard_interrupt_anywhere_ends_with_130(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("start", "lost_error")

    def interrupted(*arguments: object) -> None:
        raise BaseExceptionGroup("from a nursery", [KeyboardInterrupt()])

    monkeypatch.setattr(command_line, "_run", interrupted)
    shell("check", status=130)
    assert shell.err == "\npython -m examples.learn: interrupted\n"


def test_it_runs_as_a_command(tmp_path: Path) -> None:
    """In a process of its own, from the project's folder, the default folder included."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.learn", "--dir", str(tmp_path / "x y"), "start", "lost_error"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "x y" / "lost_error.py").is_file()
    assert f"check --dir '{tmp_path / 'x y'}' lost_error" in done.stdout
