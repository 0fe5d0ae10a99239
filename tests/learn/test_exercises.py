"""Every broken program shows its damage and gets its verdict; every solution is right."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from examples.learn._judge import judge_here
from examples.learn._shelf import EXERCISES, FAMILIES, PLAINER_FIRST, Exercise, find_exercises, in_code
from examples.learn._verdict import Verdict, judge

from .conftest import Judge

ALL = find_exercises()
each = pytest.mark.parametrize("exercise", ALL, ids=[exercise.slug for exercise in ALL])
SOLUTIONS = [(exercise, path) for exercise in ALL for path in exercise.solutions]
each_solution = pytest.mark.parametrize(
    ("exercise", "solution"), SOLUTIONS, ids=[f"{exercise.slug}-{path.stem}" for exercise, path in SOLUTIONS]
)


#: It breaks trio itself, which only a process of its own survives.
BREAKS_TRIO = "left_running"


def printed(program: Path) -> str:
    """Return what a program prints as a script."""
    if program.parent.name == BREAKS_TRIO and program.name == "broken.py":
        done = subprocess.run([sys.executable, str(program)], capture_output=True, timeout=60, check=True)
        return done.stdout.decode("utf-8").replace("\r\n", "\n")
    with contextlib.redirect_stdout(io.StringIO()) as stdout:
        runpy.run_path(str(program), run_name="__main__")
    return stdout.getvalue()


@each
def test_a_broken_program_shows_its_damage(exercise: Exercise, request: pytest.FixtureRequest) -> None:
    """``pytest --update-golden`` records it."""
    recorded = exercise.broken.with_suffix(".out")
    if request.config.getoption("update_golden"):
        recorded.write_text(printed(exercise.broken), encoding="utf-8", newline="\n")
    for _ in range(
        1 if exercise.slug == BREAKS_TRIO else 3
    ):  # trio's order of tasks is another one each time
        assert printed(exercise.broken) == recorded.read_text(encoding="utf-8")


@each
def test_a_broken_program_gets_its_verdict(
    exercise: Exercise, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """As a learner gets it; ``pytest --update-golden`` records it."""
    recorded = exercise.broken.with_suffix(".verdict")
    file = tmp_path / f"{exercise.slug}.py"
    shutil.copyfile(exercise.broken, file)
    if exercise.slug in (BREAKS_TRIO, "lost_error"):
        verdict = trio.run(judge, exercise, file)
    else:
        verdict = Verdict(exercise.slug, tuple(judge_here(exercise, file)))
    assert not verdict.right
    if request.config.getoption("update_golden"):
        recorded.write_text(f"{verdict}\n", encoding="utf-8", newline="\n")
    assert f"{verdict}\n" == recorded.read_text(encoding="utf-8")
    assert str(tmp_path) not in str(verdict)


@each_solution
def test_a_solution_is_right(exercise: Exercise, solution: Path, judged: Judge) -> None:
    assert judged(exercise, solution) == []


@each_solution
def test_a_solution_runs_by_hand(exercise: Exercise, solution: Path) -> None:
    """And prints something else than the broken program."""
    assert printed(solution) != exercise.broken.with_suffix(".out").read_text(encoding="utf-8")


@each
def test_a_verdict_does_not_depend_on_the_run(exercise: Exercise, judged: Judge) -> None:
    """trio's order of tasks is another one in each run."""
    if exercise.slug != BREAKS_TRIO:
        assert len({"\n".join(judged(exercise, exercise.broken)) for _ in range(2)}) == 1


@each
def test_an_exercise_is_complete(exercise: Exercise) -> None:
    assert exercise.family in FAMILIES
    assert exercise.title
    assert not exercise.title.endswith(".")
    assert "Mend `" in exercise.story
    assert exercise.question.endswith("?")
    assert 2 <= len(exercise.hints) <= 4
    assert exercise.learnt.endswith(".")
    assert exercise.solutions[0].name == "solution.py"
    assert {path.name for path in exercise.folder.iterdir() if path.name != "__pycache__"} == {
        *("broken.py", "broken.out", "broken.verdict", "check.py", "exercise.toml"),
        *(path.name for path in exercise.solutions),
    }
    first, last = in_code(exercise.broken)
    shown = exercise.broken.read_text(encoding="utf-8").splitlines()[first - 1 : last]
    assert shown[0].startswith("from __future__")
    assert shown[-1].strip()


@each
def test_the_broken_program_gives_nothing_away(exercise: Exercise) -> None:
    """No mark at the bug, and nothing that only the solution needs."""
    text = exercise.broken.read_text(encoding="utf-8")
    assert not re.search(r"#\s*(BUG|TODO|FIXME)", text)


@each
def test_what_is_to_be_mended_is_in_every_program(exercise: Exercise) -> None:
    """And is all that differs, `main` and the docstring aside, but for helpers and imports."""
    for path in (exercise.broken, *exercise.solutions):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {getattr(node, "name", "") for node in tree.body}
        assert {exercise.mend, "main"} <= names
        assert f"Mend `{exercise.mend}" in exercise.story


def test_every_family_has_exercises() -> None:
    counts = {family: sum(exercise.family == family for exercise in ALL) for family in FAMILIES}
    assert min(counts.values()) >= 2
    assert set(PLAINER_FIRST) == {exercise.slug for exercise in ALL}


def test_slugs_are_unique_and_hide_no_module() -> None:
    """A program run by hand has its folder first on ``sys.path``, all other exercises in it."""
    slugs = [exercise.slug for exercise in ALL]
    assert len(set(slugs)) == len(slugs)
    assert not set(slugs) & (sys.stdlib_module_names | {"trio", "outcome", "trio_patterns", "progress"})


def test_no_folder_is_forgotten() -> None:
    """A folder without a `broken.py` would not be found."""
    folders = {path.parent for path in EXERCISES.glob("*/*/*.*")}
    assert folders == {exercise.folder for exercise in ALL}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "Python can't read line 1 of lost_error.py: `def f(:`: invalid syntax."),
        ("x = '\0'\n", "Python can't read lost_error.py: source code string cannot contain null bytes."),
        ("x = 1\n", "There is no `load_all` in lost_error.py. The checker calls it: keep its name."),
        ("def load_all(names, load): ...\n", "`load_all` has to be an `async def`: the checker awaits it."),
        (
            "1 / 0\n",
            "lost_error.py can't be imported: ZeroDivisionError: division by zero at line 1 (`1 / 0`).",
        ),
        ("import sys\nsys.exit(3)\n", "lost_error.py calls sys.exit() when it is imported."),
        (
            "async def load_all(names): ...\n",
            "`load_all` raised TypeError: load_all() takes 1 positional argument but 2 were given.",
        ),
        (
            "import trio\nasync def load_all(names, load):\n    await trio.sleep_forever()\n",
            "It does not end: every task waits, and nothing will wake one\nkept waits for nothing, for ever\n"
            "    at lost_error.py:3 in load_all\n        await trio.sleep_forever()",
        ),
        (
            "import trio\nasync def load_all(names, load):\n    while True:\n        await trio.sleep(1)\n",
            "It does not end: it still takes steps, the last in kept at lost_error.py:4 in load_all",
        ),
    ],
)
def test_what_is_no_program_is_told_kindly(
    exercises: dict[str, Exercise], tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "lost_error.py"
    file.write_text(text, encoding="utf-8")
    (found,) = judge_here(exercises["lost_error"], file)
    # Newer Pythons call it "source code cannot contain ..." and say more about a call.
    assert found == said or ("null bytes" in said and "null bytes" in found)
    assert "lost_error" not in sys.modules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "async def load_all(names, load):\n    while True:\n        pass\n",
            "It was still running after 1 s of real time: something blocks, or loops without an `await` that "
            "waits. It stood at line ",
        ),
        (
            "import time\nasync def load_all(names, load):\n    time.sleep(3600)\n",
            "It was still running after 1 s of real time: something blocks, or loops without an `await` that "
            "waits. It stood at line 3 (`time.sleep(3600)`).",
        ),
        ("import os\nos._exit(3)\n", "It ended the whole process (exit status 3)."),
        ("import os\nos._exit(0)\n", "It ended the whole process (exit status 0)."),
    ],
)
async def test_what_never_ends_or_ends_all_is_told_too(
    exercises: dict[str, Exercise], tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "lost_error.py"
    file.write_text(text, encoding="utf-8")
    (found,) = (await judge(exercises["lost_error"], file, 1.0)).findings
    assert found.startswith(said)


async def test_what_a_program_prints_is_not_taken_for_a_verdict(
    exercises: dict[str, Exercise], tmp_path: Path
) -> None:
    """Neither by `print` nor past Python."""
    file = tmp_path / "lost_error.py"
    solution = exercises["lost_error"].solutions[0].read_text(encoding="utf-8")
    file.write_text(solution + "\nimport os\nprint('[\"x\"]')\nos.write(1, b'[\"y\"]')\n", encoding="utf-8")
    assert (await judge(exercises["lost_error"], file)).right
