"""``{waiting-curve} programs/utilisation.py``: a diagram of what the program's ``mean_wait`` reckons.

The path is relative to the page. The picture is SVG within the page; builders other than HTML use words.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import waiting_curve
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Where the dots are.
PERCENT = (50, 80, 90, 95)


def simulated(path: Path) -> dict[int, float]:
    """Return the mean wait at each percentage, as the program reckons it."""
    mean_wait = runpy.run_path(str(path))["mean_wait"]
    return {percent: mean_wait(percent / 100) for percent in PERCENT}


class WaitingCurve(SphinxDirective):
    """A program's path as the argument."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Run the simulation and draw what came of it."""
        path = Path(self.env.relfn2path(self.arguments[0])[1])
        for module in (__file__, waiting_curve.__file__, str(path)):
            self.env.note_dependency(module)
        try:
            waits = simulated(path)
        except (KeyError, OSError) as exc:
            raise self.error(f"{self.name}: {exc!r}") from exc
        text = addnodes.only("", nodes.paragraph("", waiting_curve.words(waits)))
        text["expr"] = "not format_html"
        figure = f'<figure class="picture"><div>{waiting_curve.draw(waits)}</div></figure>'
        return [nodes.raw("", figure, format="html"), text]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("waiting-curve", WaitingCurve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
