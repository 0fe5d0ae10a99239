"""What the tests of the exercises share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.learn._judge import judge_here
from examples.learn._shelf import Exercise, find_exercises

Judge = Callable[[Exercise, Path], list[str]]


@pytest.fixture(scope="session")
def exercises() -> dict[str, Exercise]:
    """Every exercise, by its slug."""
    return {exercise.slug: exercise for exercise in find_exercises()}


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    """Judge a program in this process, under the name that a learner's would have."""

    def judged(exercise: Exercise, program: Path) -> list[str]:
        file = tmp_path / f"{exercise.slug}.py"
        shutil.copyfile(program, file)
        return judge_here(exercise, file)

    return judged
