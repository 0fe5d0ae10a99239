"""HTML that a screen reader and a keyboard can use, where Sphinx and Furo write some that they cannot.

``tests/browser`` has a browser look at every page; each replacement here answers one of its findings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SIGNATURE = re.compile(r'<dt class="sig sig-object.*?</dt>', re.DOTALL)


def caption(html: str) -> str:
    """Give the captions above parts of the contents a level: a heading without one is none."""
    return html.replace(
        '<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'
    )


def signature(match: re.Match[str]) -> str:
    """Let a signature of several lines be lines of text: it is a list of descriptions without terms."""
    html = match[0].replace("<dl>", '<span class="parameters">').replace("</dl>", "</span>")
    return html.replace("<dd>", '<span class="parameter">').replace("</dd>", "</span>")


def body(html: str) -> str:
    """Mend the body of one page."""
    html = SIGNATURE.sub(signature, caption(html))
    # The corner of a table with a name for each row and each column heads nothing.
    return re.sub(r'<th class="(head[^"]*)">(?:<p></p>)?</th>', r'<td class="\1"></td>', html)


def mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Mend what is about to be put into the theme's template."""
    if "body" in context:
        context["body"] = body(context["body"])
    context["furo_navigation_tree"] = caption(context["furo_navigation_tree"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Come after Furo, which writes the navigation tree in its own handler of this event."""
    app.connect("html-page-context", mend, priority=900)
    app.add_js_file("scrollable.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
