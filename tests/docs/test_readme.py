"""What the README promises by name exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FAMILIES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry")


def section(title: str) -> str:
    """Return the text below a heading."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names_in_use() -> list[str]:
    return sorted({name for row in rows("Choose by need") for name in re.findall(r"`([\w.]+)`", row[1])})


@pytest.mark.parametrize("name", names_in_use())
def test_what_the_table_says_to_use_is_public(name: str):
    first, *rest = name.split(".")
    packages = (*FAMILIES, "testing", "timeline")
    modules = [importlib.import_module(f"trio_patterns.{package}") for package in packages]
    owners = [module for module in modules if first in module.__all__]
    assert len(owners) == 1
    value = getattr(owners[0], first)
    for attribute in rest:
        value = getattr(value, attribute)


def test_the_table_covers_every_family():
    covered = {
        family
        for family in FAMILIES
        for name in names_in_use()
        if name.split(".")[0] in importlib.import_module(f"trio_patterns.{family}").__all__
    }
    assert covered == set(FAMILIES)


def test_the_index_names_every_family_with_its_places():
    """Links in it are checked with those of the other root pages; here, that each row has all of them."""
    places = ("trio_patterns/", "examples/", "docs/patterns/")
    indexed = rows("Where things are")
    assert {
        family for family in FAMILIES if any(f"(trio_patterns/{family}/" in row[1] for row in indexed)
    } == set(FAMILIES)
    assert [
        row[0]
        for row in indexed
        if any(f"({place}" not in cell for place, cell in zip(places, row[1:], strict=True))
    ] == []


def test_the_program_is_on_the_first_screen():
    """It begins in the first ten lines and is over before the fiftieth."""
    first = README.splitlines()[:50]
    assert "```python" in first[:10]
    assert "```" in first


def test_commands_need_nothing_but_python():
    """A fresh machine has `python3`; everything else comes out of the environment that the command made."""
    commands = re.findall(r"<!-- (?:tour|test)-command -->\n```sh\n(.+)\n```", README)
    assert len(commands) == 2
    for command in commands:
        steps = [step.split()[0] for step in command.split(" && ")]
        assert steps == ["python3", ".venv/bin/python", ".venv/bin/python"]
