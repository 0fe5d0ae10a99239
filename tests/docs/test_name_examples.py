"""Every public name has an example that is run, and that stands once in the name's entry."""

from __future__ import annotations

import ast
import html
import re
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))

from example_files import EXAMPLES, PACKAGES, example_file, names_of, shown

if TYPE_CHECKING:
    from .conftest import Site

NAMES = [(package, name) for package in PACKAGES for name in names_of(package)]
#: What a program of these packages does is check something; an assert would say no more.
CHECKS = re.compile(r"\bcheck_marbles\(|\)\.test_\w+\(|\bexplore\(|\bcancel_sweep\(|\bfail_when_stalled\(")
#: The longest that a reader copies without thinking twice, blank lines not counted.
LONGEST = 16

each_name = pytest.mark.parametrize(("package", "name"), NAMES, ids=[f"{p}.{n}" for p, n in NAMES])


def read(package: str, name: str) -> str:
    return example_file(package, name).read_text(encoding="utf-8")


def uses(code: str, package: str, name: str) -> bool:
    """Tell whether the code imports the name from where it is public, and uses it."""
    tree = ast.parse(code)
    imported = any(
        isinstance(node, ast.ImportFrom)
        and node.module == f"trio_patterns.{package}"
        and any(alias.name == name and alias.asname is None for alias in node.names)
        for node in ast.walk(tree)
    )
    return imported and any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


class _CountAsserts(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        note = ast.parse(f"_run({node.lineno})").body[0]
        return [ast.copy_location(part, node) for part in (note, node)]


def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Run a file in a module of its own; return the lines of the asserts that were not reached."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)}
    reached: set[int] = set()
    module = types.ModuleType("example")
    module.__dict__["_run"] = reached.add
    monkeypatch.setitem(sys.modules, "example", module)
    code = compile(ast.fix_missing_locations(_CountAsserts().visit(tree)), str(path), "exec")
    exec(code, module.__dict__)
    return lines - reached


@each_name
def test_an_example_uses_its_name(package: str, name: str) -> None:
    code = shown(read(package, name))
    assert uses(code, package, name)
    assert "assert " in code or CHECKS.search(code)
    assert "print(" not in code.replace('print(f"to {to}")', "")
    assert 4 <= sum(1 for line in code.splitlines() if line.strip()) <= LONGEST


@each_name
def test_time_is_virtual_or_the_example_says_why_not(package: str, name: str) -> None:
    text = read(package, name)
    runs = [line for line in text.splitlines() if "trio.run(" in line]
    assert all("MockClock(autojump_threshold=0)" in line or "REAL_TIME: " in line for line in runs)
    assert "REAL_TIME" not in shown(text)


@each_name
def test_an_example_runs(package: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = example_file(package, name)
    text = path.read_text(encoding="utf-8")
    if "SIGUSR1" in text and sys.platform == "win32":
        pytest.skip("Windows has no SIGUSR1")
    if "open_sql_repository" in text:
        pytest.importorskip("sqlalchemy")
    assert run(path, monkeypatch) == set(), "these asserts were not reached"


def test_there_is_no_example_without_a_name() -> None:
    assert len(NAMES) > 90
    assert set(EXAMPLES.rglob("*.py")) == {example_file(package, name) for package, name in NAMES}


def test_files_are_told_apart_without_regard_to_case() -> None:
    files = [str(example_file(package, name)).lower() for package, name in NAMES]
    assert len(set(files)) == len(NAMES)


def entries(site: Site) -> dict[str, list[str]]:
    """Return the examples of each public name's entry, as the text of the pages has them."""
    found: dict[str, list[str]] = {}
    anchor = re.compile(r'<dt class="sig sig-object[^>]*? id="trio_patterns\.(\w+)\.(\w+)"')
    example = re.compile(r'<div class="name-example.*?<pre[^>]*>(.*?)</pre>', re.DOTALL)
    for page in site.pages:
        text = page.read_text(encoding="utf-8")
        starts = [match for match in anchor.finditer(text) if (match[1], match[2]) in NAMES]
        ends = [match.start() for match in starts[1:]] + [len(text)]
        for match, end in zip(starts, ends, strict=False):
            entry = text[match.start() : end]
            blocks = [html.unescape(re.sub(r"<[^>]+>", "", block)) for block in example.findall(entry)]
            found.setdefault(f"{match[1]}.{match[2]}", []).extend(block.strip("\n") for block in blocks)
    return found


@pytest.mark.timeout(300)
def test_each_entry_has_its_example_once(site: Site) -> None:
    assert site.exit_status == 0, site.messages
    expected = {f"{package}.{name}": [shown(read(package, name))] for package, name in NAMES}
    assert entries(site) == expected


@pytest.mark.parametrize(
    "code",
    [
        "from trio_patterns.spawning import spawn\nassert 1",
        "from trio_patterns.spawning import gather\nspawn = gather\nspawn()",
        "from trio_patterns import spawn\nspawn()",
    ],
)
def test_a_name_that_is_not_used_is_noticed(code: str) -> None:
    assert not uses(code, "spawning", "spawn")


def test_an_assert_that_is_not_reached_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "broken.py"
    path.write_text("try:\n    pass\nexcept OSError:\n    assert False\nassert True\n", encoding="utf-8")
    assert run(path, monkeypatch) == {4}
