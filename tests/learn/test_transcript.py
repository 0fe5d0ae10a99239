"""The session that the documentation shows is what the command prints."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from examples.learn.__main__ import main
from examples.learn._shelf import Exercise

TRANSCRIPT = Path(__file__).with_name("transcript.txt")

#: What is typed. A line that begins with ``#`` stands for the learner's work.
SESSION = (
    "python -m examples.learn start first_answer",
    "python -m examples.learn check",
    "python -m examples.learn hint first_answer",
    "# in your editor",
    "python -m examples.learn check",
)


def test_the_documentation_shows_what_happens(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    exercises: dict[str, Exercise],
    request: pytest.FixtureRequest,
) -> None:
    """``pytest --update-golden`` records it."""
    monkeypatch.chdir(tmp_path)
    lines = []
    for typed in SESSION:
        lines.append(f"$ {typed}")
        if typed.startswith("#"):
            solution = exercises["first_answer"].solutions[0]
            shutil.copyfile(solution, tmp_path / "learn_trio_patterns" / "first_answer.py")
        else:
            main(shlex.split(typed)[3:])
            lines.append(capsys.readouterr().out)
    said = "\n".join(lines)
    if request.config.getoption("update_golden"):
        TRANSCRIPT.write_text(said, encoding="utf-8", newline="\n")
    assert said == TRANSCRIPT.read_text(encoding="utf-8")
