"""The checkers are not fooled: plausible solutions that are wrong, and what is said about them.

``wrong/<slug>/<what>.py`` takes the place of what is to be mended. The first line says what the verdict says.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import trio

from examples.learn._judge import judge_here
from examples.learn._shelf import Exercise
from examples.learn._verdict import judge

WRONG = sorted(Path(__file__).with_name("wrong").glob("*/*.py"))

#: They break trio itself, which only a process of its own survives.
BREAKS_TRIO = {"aclosing_alone"}


def combined(exercise: Exercise, path: Path) -> str:
    """Return the broken program with other code for what is to be mended."""
    text = exercise.broken.read_text(encoding="utf-8")
    guard = ast.parse(text).body[-1]
    return "\n".join(text.splitlines()[: guard.lineno - 1]) + "\n" + path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WRONG, ids=[f"{path.parent.name}-{path.stem}" for path in WRONG])
def test_a_wrong_solution_is_told_what_is_wrong(
    path: Path, exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    exercise = exercises[path.parent.name]
    file = tmp_path / f"{exercise.slug}.py"
    file.write_text(combined(exercise, path), encoding="utf-8")
    if path.stem in BREAKS_TRIO:
        found = list(trio.run(judge, exercise, file).findings)
    else:
        found = judge_here(exercise, file)
    expected = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").removeprefix("Says: ")
    assert expected
    assert any(expected.rstrip(".") in finding.replace("\n", " ") for finding in found), found


def test_every_exercise_has_two_of_them(exercises: dict[str, Exercise]) -> None:
    for slug in exercises:
        assert len([path for path in WRONG if path.parent.name == slug]) >= 2, slug
