"""The exercises of ``python -m examples.learn`` on the pages, from the very files that learners get.

``{exercises} spawning``
    All exercises of a family: story, broken program, what it prints, and below that what the checker says,
    the hints and the solutions, each to be opened. The titles are no headings: they have an id,
    ``exercise-<slug>``, and leave the page's outline alone. An exercise may be on several pages.
``{exercise-list}``
    A table of all exercises. Each links to the page that shows it, if one does.

Both are for MyST pages. How an exercise is laid out says ``examples/learn/__init__.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from examples.learn import _shelf  # noqa: E402
from examples.learn._shelf import FAMILIES, Exercise, find_exercises, in_code  # noqa: E402
from examples.learn._workbook import COMMAND  # noqa: E402


def anchor(exercise: Exercise) -> str:
    """Return the id of an exercise on its page."""
    return f"exercise-{exercise.slug.replace('_', '-')}"


def _include(path: Path, *options: str) -> list[str]:
    # A path that begins with a slash is relative to the folder of the documentation.
    return [f"```{{literalinclude}} /../{path.relative_to(ROOT).as_posix()}", *options, "```", ""]


def _program(path: Path) -> list[str]:
    first, last = in_code(path)
    return _include(path, f":lines: {first}-{last}", ":linenos:", ":lineno-match:", ":language: python")


def _whole(path: Path) -> list[str]:
    first, _ = in_code(path)
    return _include(path, f":lines: {first}-", ":linenos:", ":lineno-match:", ":language: python")


def _dropdown(title: str, body: list[str]) -> list[str]:
    return [f":::{{dropdown}} {title}", *body, ":::", ""]


def _way(path: Path) -> str:
    """Return what a solution's docstring says about it."""
    paragraphs = path.read_text(encoding="utf-8").split('"""')[1].split("\n\n")
    return " ".join(paragraphs[1].split())


def written(exercise: Exercise) -> list[str]:
    """Write everything below an exercise's title in MyST."""
    lines = [*exercise.story.splitlines(), ""]
    lines += _whole(exercise.broken)
    lines += [f"*Before you run it:* {exercise.question}", ""]
    lines += _dropdown("What it prints", _include(exercise.broken.with_suffix(".out"), ":language: text"))
    typed = [f"$ {COMMAND} {word} {exercise.slug}" for word in ("start", "check")]
    lines += ["```console", *typed, "```", ""]
    verdict = _include(exercise.broken.with_suffix(".verdict"), ":language: text", ":class: wrapped")
    lines += _dropdown("What is wrong?", verdict)
    for number, hint in enumerate(exercise.hints, 1):
        lines += _dropdown(f"Hint {number}", [hint])
    for number, path in enumerate(exercise.solutions):
        title = "Solution" if number == 0 else "Another solution"
        learnt = [exercise.learnt] if number == 0 else []
        lines += _dropdown(title, [_way(path), "", *_program(path), *learnt])
    return lines


class Exercises(SphinxDirective):
    """``{exercises} family``."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Write each exercise as MyST and let it be parsed."""
        family = self.arguments[0]
        if family not in FAMILIES:
            raise self.error(f"exercises: there is no family {family!r}; there are {', '.join(FAMILIES)}")
        shown: list[nodes.Node] = []
        for dependency in (__file__, _shelf.__file__):
            self.env.note_dependency(dependency)
        for exercise in find_exercises():
            if exercise.family != family:
                continue
            for path in exercise.folder.glob("*.*"):
                self.env.note_dependency(str(path))
            places(self.env).setdefault(exercise.slug, []).append(self.env.docname)
            shown.append(nodes.rubric("", exercise.title, ids=[anchor(exercise)], classes=["exercise"]))
            box = nodes.container(classes=["exercise"])
            source = StringList(written(exercise), source=str(exercise.folder))
            self.state.nested_parse(source, self.content_offset, box)
            shown.append(box)
        return shown


class Listed(nodes.General, nodes.Element):
    """The place of the list, until it is known which page shows what."""


class ExerciseList(SphinxDirective):
    """``{exercise-list}``."""

    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Leave a place for the list."""
        self.env.note_dependency(__file__)
        for exercise in find_exercises():
            self.env.note_dependency(str(exercise.broken))
        return [Listed()]


def places(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return which pages show which exercise."""
    found: dict[str, list[str]] = env.__dict__.setdefault("exercise_places", {})
    return found


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for pages in places(env).values():
        pages[:] = [page for page in pages if page != docname]


def _merge(app: Sphinx, env: BuildEnvironment, docnames: object, other: BuildEnvironment) -> None:
    for slug, pages in places(other).items():
        mine = places(env).setdefault(slug, [])
        mine += [page for page in pages if page not in mine]


def _page(env: BuildEnvironment, exercise: Exercise) -> str | None:
    """Return the page to link to: the family's own rather than another."""
    pages = places(env).get(exercise.slug, [])
    return min(pages, key=lambda page: (exercise.family not in page.split("/"), page), default=None)


def _cell(*children: nodes.Node) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", *children))


def _fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(Listed)):
        body = nodes.tbody()
        family = ""
        for exercise in find_exercises():
            title: nodes.Node = nodes.Text(exercise.title)
            page = _page(app.env, exercise)
            if page is not None:
                address = f"{app.builder.get_relative_uri(docname, page)}#{anchor(exercise)}"
                title = nodes.reference("", exercise.title, refuri=address, internal=True)
            first = nodes.Text("" if exercise.family == family else exercise.family)
            family = exercise.family
            name = nodes.literal("", exercise.slug)
            body += nodes.row("", _cell(first), _cell(name), _cell(title))
        head = nodes.thead(
            "", nodes.row("", *(_cell(nodes.Text(text)) for text in ("Family", "Name", "Exercise")))
        )
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (2, 3, 6)), head, body, cols=3)
        place.replace_self(nodes.table("", group, classes=["exercises"]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directives."""
    app.add_node(Listed)
    app.add_directive("exercises", Exercises)
    app.add_directive("exercise-list", ExerciseList)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("doctree-resolved", _fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
