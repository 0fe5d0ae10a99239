"""The documentation shows the exercises that the command gives out."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from examples.learn._shelf import find_exercises

if TYPE_CHECKING:
    from .conftest import Site

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)

ALL = find_exercises()


def anchor(slug: str) -> str:
    return f"exercise-{slug.replace('_', '-')}"


def pages_with(site: Site, slug: str) -> dict[str, str]:
    """Return the pages that show an exercise, by their path."""
    found = {}
    for page in site.pages:
        text = page.read_text(encoding="utf-8")
        if f'id="{anchor(slug)}"' in text:
            found[page.relative_to(site.html).as_posix()] = text
    return found


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_the_list_has_every_exercise_and_links_to_those_that_are_shown(site: Site) -> None:
    text = (site.html / "learn.html").read_text(encoding="utf-8")
    for exercise in ALL:
        assert f">{exercise.slug}</span>" in text
        links = re.findall(rf'href="([^"]*)#{anchor(exercise.slug)}"', text)
        assert bool(links) == bool(pages_with(site, exercise.slug))


def test_an_exercise_is_shown_with_all_that_belongs_to_it(site: Site) -> None:
    shown = 0
    for exercise in ALL:
        for name, text in pages_with(site, exercise.slug).items():
            begin = text.index(f'id="{anchor(exercise.slug)}"')
            said = " ".join(plain(text[begin:]).split())
            shown += 1
            for path in (exercise.broken.with_suffix(".out"), exercise.broken.with_suffix(".verdict")):
                assert " ".join(path.read_text(encoding="utf-8").split()) in said, (name, path)
            for number in range(1, len(exercise.hints) + 1):
                assert f"Hint {number}" in said
            assert f"python -m examples.learn start {exercise.slug}" in said
    assert shown >= 3


def test_titles_are_no_headings(site: Site) -> None:
    """A page's outline is that of its own sections."""
    for exercise in ALL:
        for text in pages_with(site, exercise.slug).values():
            headings = [plain(heading) for heading in re.findall(r"<h\d[^>]*>.*?</h\d>", text, re.DOTALL)]
            assert not [heading for heading in headings if heading.startswith(exercise.title)]


def test_lines_have_the_numbers_of_the_file(site: Site) -> None:
    text = (site.html / "learn.html").read_text(encoding="utf-8")
    exercise = next(exercise for exercise in ALL if exercise.slug == "find_lost_item")
    lines = exercise.broken.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "cancel_sweep(program" in line)
    shown = re.search(
        r'<span class="linenos">\s*(\d+)</span>[^\n]*cancel_sweep</span><span class="p">\(', text
    )
    assert shown is not None
    assert int(shown[1]) == number
