"""The tutorial's program prints, in each of its steps, what the chapters show."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from examples._runner import run_example
from trio_patterns.testing import cancel_sweep

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial"
FOLDER = TUTORIAL / "steps"

# As `docs/conf.py` does.
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from diff_text import diff_text  # noqa: E402
from programs import found_tests, load, output, shown  # noqa: E402

#: Scripts have a `main`, the programs of the last chapter are tests, the small ones are drawn and silent.
STEPS = sorted(FOLDER.glob("ch*.py"))
TESTS = [path for path in STEPS if "\ndef test_" in path.read_text(encoding="utf-8")]
SCRIPTS = [path for path in STEPS if path not in TESTS]
HELPERS = ("small_web", "small_store", "visiting", "run")
SMALL = sorted((FOLDER / "small").glob("*.py"))
CHAPTERS = sorted(TUTORIAL.glob("[1-8]-*.md"))

#: trio reverses a batch of ready tasks half of the time, so a tie of two escapes five runs with p = 1/32.
RUNS = 5


def by_name(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


each_chapter = by_name(CHAPTERS)


@pytest.fixture(autouse=True)
def _steps_find_each_other(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A script's own folder comes first on Python's path when it is run by hand."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in set(sys.modules) - before:
        if (FOLDER / f"{name}.py").is_file():
            del sys.modules[name]


def steps_of(chapter: Path) -> list[Path]:
    return [step for step in STEPS if step.name.startswith(f"ch{chapter.name[0]}_")]


def recorded(paths: list[Path]) -> str:
    return "\n".join(path.with_suffix(".out").read_text(encoding="utf-8") for path in paths)


@by_name(SCRIPTS)
def test_a_step_prints_its_out_file_in_every_run(path: Path, request: pytest.FixtureRequest) -> None:
    """Five runs, one output, however trio orders the tasks; ``pytest --update-golden`` records it."""
    golden = path.with_suffix(".out")
    if request.config.getoption("update_golden"):
        golden.write_text(run_example(path), encoding="utf-8", newline="\n")
    expected = golden.read_text(encoding="utf-8")
    assert expected
    for run in range(1, RUNS + 1):
        assert run_example(path) == expected, f"run {run} of {RUNS}"


@pytest.mark.timeout(300)
@by_name(TESTS)
def test_a_test_says_what_its_chapter_shows(path: Path, request: pytest.FixtureRequest) -> None:
    """It fails if it is ``_broken``, and holds if not."""
    golden = path.with_suffix(".out")
    said = output(path)
    if request.config.getoption("update_golden"):
        golden.write_text(said, encoding="utf-8", newline="\n")
    assert said == golden.read_text(encoding="utf-8")
    assert ("Failure: " in said) == path.stem.endswith("_broken")


@by_name(SMALL)
def test_what_is_drawn_runs_in_virtual_time_and_is_on_a_page(path: Path) -> None:
    assert run_example(path) == ""
    assert any(f"steps/small/{path.name}" in page.read_text(encoding="utf-8") for page in CHAPTERS)


@pytest.mark.parametrize("name", ["ch2_nursery", "ch7_sqlite"])
def test_a_step_run_by_hand_prints_the_same(name: str) -> None:
    """As the tutorial's first page says: as a script, on the real clock."""
    expected = (FOLDER / f"{name}.out").read_text(encoding="utf-8")
    printed = []
    for _ in range(3):  # a busy machine may wake a real sleep late
        done = subprocess.run(
            [sys.executable, str(FOLDER / f"{name}.py")],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        printed.append(done.stdout + done.stderr)
        if printed[-1] == expected:
            return
    assert printed == [expected] * 3


def test_the_runner_of_the_tutorial_prints_the_same() -> None:
    command = [sys.executable, str(FOLDER / "run.py"), "ch1_one_task", "ch8_capstone"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    parts = [f"--- {name}\n{(FOLDER / f'{name}.out').read_text(encoding='utf-8')}" for name in command[2:]]
    assert done.stderr == ""
    assert done.stdout == "".join(parts)


@by_name(STEPS)
def test_a_broken_step_marks_its_bug(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ("# BUG:" in source) == path.stem.endswith("_broken")
    assert ast.get_docstring(ast.parse(source))


@each_chapter
def test_a_chapter_shows_each_of_its_steps_with_the_output(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert steps_of(path)
    for step in steps_of(path):
        assert f"steps/{step.name}\n" in text, step.name
        assert f"steps/{step.stem}.out\n" in text, step.name
    assert {found.stem for found in FOLDER.glob("*.out")} == {found.stem for found in STEPS}


@each_chapter
def test_a_chapter_is_as_long_and_has_the_parts_that_all_have(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 110 <= len(text.splitlines()) <= 300
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert text.splitlines()[2].startswith("> ")
    assert headings[0] == "You will have"
    assert headings[-3:] == ["What just happened", "Check yourself", "Next"]
    questions = text.split("## Check yourself")[1]
    assert questions.count(":::{dropdown} Answer") >= 3


@each_chapter
def test_what_a_chapter_quotes_of_an_output_stands_in_one(path: Path) -> None:
    """Each code span is in a program or an output of the tutorial, and so is each number of seconds."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\{[\w:]+\}`[^`]+`", "", text)
    sources = [*STEPS, *(FOLDER / f"{name}.py" for name in HELPERS)]
    known = [recorded(STEPS), *(source.read_text(encoding="utf-8") for source in sources)]
    everything = " ".join(" ".join(known).split())
    spans = [span for span in re.findall(r"`([^`\n]+)`", text) if span not in ELSEWHERE]
    spans = [span for span in spans if not (ROOT / "examples" / "sitecheck" / span).is_file()]
    assert spans
    assert [span for span in spans if span not in everything] == []
    numbers = re.findall(r"(?<![\w.])(\d+(?:\.\d+)? (?:s|requests|transactions|points|schedules)\b)", text)
    assert [number for number in numbers if number not in everything and number not in COMPUTED] == []


def with_changes(monkeypatch: pytest.MonkeyPatch, name: str, *changes: tuple[str, str]) -> None:
    """Let ``import name`` find a step in which something was replaced."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    module = ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.timeout(300)
def test_the_answers_of_the_last_chapter_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sweeps say of a program that ignores its token, and of one that forgets its frontier."""
    path = FOLDER / "ch8_sweep.py"

    def breaks(test: str) -> bool:
        module = load(path)
        # Some points are enough here; the chapter's own run tries them all.
        vars(module)["cancel_sweep"] = partial(cancel_sweep, max_points=150)
        return "Failure" in shown(found_tests(module)[test], path)

    with_changes(monkeypatch, "ch7_resume", (" and not token.cancelled", ""))
    assert not breaks("test_told_to_stop_then_cut_off")

    forgets = (
        "return deque(sorted(known - done.keys())), known",
        "return deque([] if done else ['/']), known",
    )
    with_changes(monkeypatch, "ch7_resume", forgets)
    assert not breaks("test_cut_off_anywhere")
    assert breaks("test_told_to_stop_then_cut_off")

    with_changes(monkeypatch, "ch7_resume", forgets, ("chunks(10,", "chunks(1,"))
    assert breaks("test_cut_off_anywhere")


@pytest.mark.parametrize(
    ("grace_period", "said"),
    [
        (5, ["all ended by themselves", "/2 is broken: no answer within 2 s", "\n2.3 s"]),
        (1, ["cut off", "\n1.8 s"]),
    ],
)
def test_the_answer_about_a_silent_page_is_right(grace_period: int, said: list[str], tmp_path: Path) -> None:
    source = (FOLDER / "ch7_shutdown.py").read_text(encoding="utf-8")
    source = source.replace('Web(gone=["/45"])', 'Web(silent=["/2"])')
    script = tmp_path / "ch7_shutdown.py"
    script.write_text(source.replace("grace_period=5", f"grace_period={grace_period}"), encoding="utf-8")
    printed = run_example(script)
    assert [part for part in said if part not in printed] == []


def test_a_diff_says_where_it_is_and_leaves_out_docstrings_and_empty_edges() -> None:
    old = '"""Old."""\n\nimport trio\n\n\ndef f():\n    return 1\n\n\n'
    old += "class C:\n    w = 1\n    x = 2\n    y = 3\n"
    new = old.replace("Old", "New").replace("return 1", "return 2").replace("    y = 3\n", "")
    assert diff_text(old, new).split("\n\n") == [
        "@@ f @@\n def f():\n-    return 1\n+    return 2",
        "@@ class C @@\n     w = 1\n     x = 2\n-    y = 3\n",
    ]
    imports = diff_text(old, old.replace("import", "import os, "))
    assert imports.startswith("@@ top of the file @@\n-import trio\n+")
    with pytest.raises(ValueError, match="the same"):
        diff_text(old, old.replace("Old", "New"))


@each_chapter
def test_a_chapters_diffs_can_be_read(path: Path) -> None:
    """Long ones are no diffs but new programs: show the part that is new."""
    asked = re.findall(r"^```\{step-diff\} (\S+) (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    for pair in asked:
        text = diff_text(*((TUTORIAL / step).read_text(encoding="utf-8") for step in pair))
        assert len(text.splitlines()) <= LONGEST_DIFF, pair


#: Lines of a diff that a reader still reads.
LONGEST_DIFF = 45


#: What a chapter may name although no step has it: parts of Python, other libraries, and what to try.
ELSEWHERE = {
    "/49",
    "verdicts[url] = check(web, url)",
    "verdicts[url] = ...",
    "Web(latency=1.0)",
    "asyncio.create_task",
    "tokio::spawn",
    "RuntimeError",
    "check (worker 1)",
    "flush_when_due",
    "bounded_map(check_one, links, limit=10)",
    "limit=21",
    "deadline",
    "Cancelled",
    "BaseException",
    "except Exception",
    "except:",
    "(BusyError, ConnectionError)",
    "Retry-After",
    "retry_after",
    "examples/sitecheck",
    "python -m examples.sitecheck",
    "ch7_shutdown.py",
    'silent=["/2"]',
    "grace_period=1",
}

#: Numbers that are worked out in the text: a pause of the policy, times of the small programs, what to try.
COMPUTED = {"1.6 s", "0.3 s", "0.75 s", "2.2 s", "1.75 s", "49 requests"}
