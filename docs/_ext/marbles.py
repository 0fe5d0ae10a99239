"""``{marble}``: a picture of what a stream does in time, from the strings that a test runs.

What stands in a block is described in ``marble_block.py``. The picture is an SVG within the page. Builders
other than HTML show the strings.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import marble_block
import marble_svg
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class MarbleDirective(SphinxDirective):
    """The expression as the argument, the strings as the content."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Draw the block, and keep its text for builders that can't show the drawing."""
        for module in (__file__, marble_block.__file__, marble_svg.__file__):
            self.env.note_dependency(module)
        body = "\n".join(self.content)
        try:
            block = marble_block.read_block(self.arguments[0], body)
        except ValueError as exc:
            raise self.error(f"marble: {exc}") from exc
        where = ", ".join(f"<code>{escape(text)}</code>" for text in marble_svg.caption(block))
        caption = f"<figcaption>where {where}</figcaption>" if where else ""
        html = f'<figure class="marbles"><div>{marble_svg.draw(block)}</div>{caption}</figure>'
        text = addnodes.only("", nodes.literal_block("", f"{block.expression}\n{body}", language="text"))
        text["expr"] = "not format_html"
        return [nodes.raw("", html, format="html"), text]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("marble", MarbleDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
