"""The house: one stem, five places; one version; files that can be read in one sitting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import trio_patterns

FAMILIES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry")

#: What Python files must not grow beyond; a longer one holds a second concept.
LONGEST = 300


def test_every_family_of_the_package_is_known_here(root: Path) -> None:
    """A new family has to be added to the list above, and so to every check below."""
    folders = {
        path.parent.name
        for path in (root / "trio_patterns").glob("*/__init__.py")
        if not path.parent.name.startswith("_")
    }
    assert folders - {"testing", "timeline"} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_stem_five_places(root: Path, family: str) -> None:
    """Whoever knows one place of a family can guess the other four."""
    assert (root / "trio_patterns" / family / "__init__.py").is_file()
    assert list((root / "tests" / family).glob("test_*.py"))
    assert list((root / "examples" / family).glob("*.py"))
    assert (root / "docs" / "patterns" / family / "index.md").is_file()
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^### .*\b{family}\b", changelog, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_example_is_shown_on_its_familys_page(root: Path, family: str) -> None:
    """An example that no page includes or names is one that no reader finds."""
    pages = "\n".join(
        p.read_text(encoding="utf-8") for p in (root / "docs" / "patterns" / family).rglob("*.md")
    )
    slugs = [path.stem for path in (root / "examples" / family).glob("*.py") if not path.stem.startswith("_")]
    assert [slug for slug in slugs if not re.search(rf"\b{slug}\b", pages)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_name_is_on_its_familys_page(root: Path, family: str) -> None:
    """The API section lists names one by one, so a new one can be forgotten; not here."""
    pages = "\n".join(
        p.read_text(encoding="utf-8") for p in (root / "docs" / "patterns" / family).rglob("*.md")
    )
    names = getattr(trio_patterns, family, None) or __import__(
        f"trio_patterns.{family}", fromlist=["__all__"]
    )
    assert [name for name in names.__all__ if not re.search(rf"\b{name}\b", pages)] == []


def test_one_version(root: Path) -> None:
    """`pyproject.toml`, the package and the changelog agree."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == trio_patterns.__version__
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(project['version'])}\]", changelog, re.MULTILINE)


def test_files_can_be_read_in_one_sitting(root: Path) -> None:
    """At most 300 lines for each file of the library, the examples, the benchmarks and the configuration."""
    files = [
        *(root / "trio_patterns").rglob("*.py"),
        *(root / "examples").rglob("*.py"),
        *(root / "benchmarks").rglob("*.py"),
        root / "noxfile.py",
        root / "conftest.py",
    ]
    lengths = {path.relative_to(root).as_posix(): len(path.read_bytes().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_nothing_is_left_to_do_later_in_the_code(root: Path) -> None:
    """A note to oneself belongs in an issue."""
    files = [
        path for top in ("trio_patterns", "examples", "benchmarks") for path in (root / top).rglob("*.py")
    ]
    notes = [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX)\b", line)
    ]
    assert notes == []


@pytest.mark.parametrize("marker", ["tour-command", "test-command"])
def test_readme_has_each_command_on_one_line_to_copy(root: Path, marker: str) -> None:
    """CI runs the line after the marker, and a reader copies it."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"<!-- {marker} -->\s*```\w*\n(.*?)```", readme, re.DOTALL)
    assert len(block.strip().splitlines()) == 1


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(root: Path, page: str) -> None:
    """Sphinx checks the documentation's links; nobody else checks these."""
    text = (root / page).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [target for target in local if not (root / target).exists()] == []


def test_no_test_folder_is_a_package(root: Path) -> None:
    """Tests are imported by path (`--import-mode=importlib`); an `__init__.py` would change their names."""
    assert list((root / "tests").rglob("__init__.py")) == []


def test_nothing_is_skipped_or_expected_to_fail_without_a_reason(root: Path) -> None:
    """`pytest.skip()` and `xfail` name why."""
    bare = [
        f"{path.relative_to(root)}:{number}"
        for path in (root / "tests").rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"pytest\.mark\.(skip|xfail)\b(?!if)\s*(\(\s*\))?\s*$", line)
    ]
    assert bare == []
