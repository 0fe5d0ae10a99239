"""``{step-diff} steps/ch2_nursery.py steps/ch3_limiter.py``: what a step changes in the one before.

The paths are relative to the page. See `diff_text` for what is shown. In HTML the lines have the colours of
Python, and a background that tells old from new; other builders show the plain diff.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import diff_text
from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LEXER = PythonLexer(stripnl=False)
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
_KINDS = {"+": "new", "-": "old"}


def to_html(text: str) -> str:
    """Return a diff as HTML, a ``<span>`` for each line."""
    lines = []
    for line in text.splitlines():
        if line.startswith("@@"):
            lines.append(f'<span class="where">{escape(line.strip("@ "))}</span>')
        elif not line:
            lines.append("")
        else:
            kind = _KINDS.get(line[0], "same")
            code = highlight(line[1:], _LEXER, _FORMATTER).rstrip("\n")
            lines.append(f'<span class="{kind}"><span class="sign">{line[0]}</span>{code}</span>')
    return '<div class="step-diff highlight"><pre>' + "\n".join(lines) + "</pre></div>"


class StepDiff(SphinxDirective):
    """The older program's path, then the newer one's."""

    required_arguments = 2
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Compare the two."""
        paths = [Path(self.env.relfn2path(argument)[1]) for argument in self.arguments]
        for path in (__file__, diff_text.__file__, *paths):
            self.env.note_dependency(str(path))
        try:
            text = diff_text.diff_text(*(path.read_text(encoding="utf-8") for path in paths))
        except (ValueError, OSError) as exc:
            raise self.error(f"{self.name}: {exc}") from exc
        plain = addnodes.only("", nodes.literal_block(text, text, language="diff"))
        plain["expr"] = "not format_html"
        return [nodes.raw("", to_html(text), format="html"), plain]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("step-diff", StepDiff)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
