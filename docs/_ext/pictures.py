"""Pictures of what the testing tools find, made by running a program when the documentation is built.

``{sweep-strip} programs/lost_item.py``
    The points at which `cancel_sweep` cancels the program, and the lines below.
``{schedule-lanes} programs/lost_update.py``
    The shortest order of tasks in which `explore` breaks it.
``{wait-circle} programs/two_locks.py``
    Who waits for whom in the standstill that `explore` finds.

The path is relative to the page. A second word names the test, if the file has several. The pictures are
SVG within the page; builders other than HTML show the same in words.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import programs
import schedule_lanes
import sweep_strip
import wait_circle
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Picture(SphinxDirective):
    """A program's path, perhaps with a test's name, as the argument."""

    required_arguments = 1
    optional_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Run the program and draw what came of it."""
        path = Path(self.env.relfn2path(self.arguments[0])[1])
        for module in (__file__, programs.__file__, sweep_strip.__file__, schedule_lanes.__file__):
            self.env.note_dependency(module)
        self.env.note_dependency(wait_circle.__file__)
        self.env.note_dependency(str(path))
        try:
            svg, caption, words = self.picture(path, self.arguments[1] if len(self.arguments) > 1 else None)
        except (ValueError, OSError) as exc:
            raise self.error(f"{self.name}: {exc}") from exc
        html = f'<figure class="picture"><div>{svg}</div>{caption}</figure>'
        text = addnodes.only("", nodes.paragraph("", words))
        text["expr"] = "not format_html"
        return [nodes.raw("", html, format="html"), text]

    def picture(self, path: Path, test: str | None) -> tuple[str, str, str]:
        """Return the drawing, what stands below it, and both in words."""
        raise NotImplementedError


class SweepStrip(Picture):
    """``{sweep-strip}``."""

    def picture(self, path: Path, test: str | None) -> tuple[str, str, str]:
        points = programs.sweep_points(path, test)
        rows = "".join(
            f"<tr><td>{numbers}</td><td>{escape(where)}</td><td><code>{escape(source)}</code></td></tr>"
            for numbers, where, source in sweep_strip.lines(points)
        )
        caption = f"<figcaption><table>{rows}</table></figcaption>" if rows else ""
        return sweep_strip.draw(points), caption, sweep_strip.words(points)


class ScheduleLanes(Picture):
    """``{schedule-lanes}``."""

    def picture(self, path: Path, test: str | None) -> tuple[str, str, str]:
        steps = programs.explore_failure(path, test).steps
        return schedule_lanes.draw(steps), "", schedule_lanes.words(steps)


class WaitCircle(Picture):
    """``{wait-circle}``."""

    def picture(self, path: Path, test: str | None) -> tuple[str, str, str]:
        graph = programs.explore_failure(path, test).graph
        if graph is None:
            raise ValueError(f"{path.name} breaks, but not by a standstill")
        return wait_circle.draw(graph), "", wait_circle.words(graph)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directives."""
    app.add_directive("sweep-strip", SweepStrip)
    app.add_directive("schedule-lanes", ScheduleLanes)
    app.add_directive("wait-circle", WaitCircle)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
