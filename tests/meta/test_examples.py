"""Every example prints exactly what its ``.out`` file says, however trio orders its tasks."""

from __future__ import annotations

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from examples._catalogue import FAMILIES, ROOT, Example, find_examples
from examples._runner import execute, run_example

EXAMPLES = find_examples()
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[e.slug for e in EXAMPLES])

#: trio reverses a batch of ready tasks half of the time, so a tie of two escapes five runs with p = 1/32.
RUNS = 5


@each_example
def test_example_prints_its_out_file_in_every_run(example: Example, request: pytest.FixtureRequest) -> None:
    """Five runs, one output: no dependence on the order in which trio wakes tasks."""
    if request.config.getoption("update_golden"):
        example.golden.write_text(run_example(example.path), encoding="utf-8", newline="\n")
    assert example.golden.is_file(), f"no {example.golden.name}: record it with pytest --update-golden"
    expected = example.golden.read_text(encoding="utf-8")
    assert expected, f"{example.golden.name} is empty: an example shows something"
    for run in range(1, RUNS + 1):
        assert run_example(example.path) == expected, f"run {run} of {RUNS}"


@each_example
def test_example_describes_itself(example: Example) -> None:
    """The docstring has a title, what to notice, how to run it, and its docs page."""
    assert example.family in FAMILIES
    assert example.title, "the docstring's first line is the title"
    assert len(example.title) <= 110
    assert example.notice, "a line `Notice: ...` says what to watch for"
    lines = [line.strip() for line in example.docstring.splitlines()]
    assert f"Run: python -m examples {example.slug}" in lines
    assert any(f"docs/patterns/{example.family}/" in line for line in lines)


@each_example
def test_example_is_a_script_with_an_async_main(example: Example) -> None:
    """It can be run by hand: `main` takes no argument, and the guard runs it on the real clock."""
    source = example.path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    mains = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == "main"]
    assert len(mains) == 1
    assert ast.unparse(mains[0].args) == ""
    guard = tree.body[-1]
    assert isinstance(guard, ast.If)
    assert ast.unparse(guard.test) == "__name__ == '__main__'"
    assert ast.unparse(guard.body[-1]) == "trio.run(main)"


@each_example
def test_broken_example_marks_its_bug_beside_the_correct_script(example: Example) -> None:
    """`_broken` means: the line is marked, and the cure is beside it; no other script has a bug."""
    marked = "# BUG:" in example.path.read_text(encoding="utf-8")
    assert marked is example.broken
    assert example.sibling.is_file()


def test_slugs_are_unique() -> None:
    """`python -m examples <slug>` means one script."""
    slugs = [example.slug for example in EXAMPLES]
    assert sorted(slugs) == sorted(set(slugs))


@each_example
def test_slug_hides_no_module_from_a_script_beside_it(example: Example) -> None:
    """A script run by hand has its own folder first on `sys.path`: a select.py there would break trio."""
    others = {"trio", "trio_util", "trio_patterns", "outcome", "sqlalchemy", "psycopg", "httpx", "rich"}
    assert example.slug not in sys.stdlib_module_names | others


def test_every_out_file_belongs_to_a_script() -> None:
    """An `.out` whose script was renamed or removed is found."""
    orphans = [path for path in ROOT.glob("*/*.out") if not path.with_suffix(".py").is_file()]
    assert orphans == []


def _run_by_hand(example: Example) -> str:
    # A busy machine may wake a real sleep so late that "t=0.1" becomes "t=0.2"; that it does so three times
    # in a row would be the example's fault: it is too tight.
    expected = example.golden.read_text(encoding="utf-8")
    report = ""
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, str(example.path)],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        if done.returncode == 0 and done.stdout == expected:
            return ""
        report = f"{example.slug}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return report


@pytest.mark.timeout(240)
def test_quick_examples_print_the_same_on_the_real_clock(capsys: pytest.CaptureFixture[str]) -> None:
    """Run by hand, as a script of its own, an example prints what it prints under virtual time."""
    quick = [example for example in EXAMPLES if execute(example.path) < 0.5]
    capsys.readouterr()
    assert quick
    with ThreadPoolExecutor(2) as pool:
        wrong = [report for report in pool.map(_run_by_hand, quick) if report]
    assert wrong == [], "\n".join(wrong)


def test_run_example_returns_what_was_printed_under_virtual_time(tmp_path: Path) -> None:
    """An hour of sleep takes no time, and nothing is printed meanwhile."""
    script = tmp_path / "nap.py"
    script.write_text(
        "import trio\nasync def main():\n    t = trio.current_time()\n    await trio.sleep(3600)\n"
        "    print('slept', trio.current_time() - t)\n"
    )
    assert run_example(script) == "slept 3600.0\n"
