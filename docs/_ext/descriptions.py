"""``<meta name="description">`` for every written page: its first sentences, which are written as a summary."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: What search engines show of it.
LONGEST = 160


def summary(doctree: nodes.document) -> str:
    """Return the quote below the title ("Use it when ..."), else the first paragraph."""
    first = next((section for section in doctree.findall(nodes.section)), doctree)
    direct = [child for child in first.children if isinstance(child, nodes.block_quote | nodes.paragraph)]
    quotes = [child for child in direct if isinstance(child, nodes.block_quote)]
    # "Also: ..." is a list of other names, in italics.
    plain = [child for child in direct if not isinstance(child.next_node(nodes.Inline), nodes.emphasis)]
    chosen = (quotes or plain or direct)[:1]
    return shorten(chosen[0].astext()) if chosen else ""


def shorten(text: str) -> str:
    """Cut at the end of a sentence if one ends in time, else between words."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= LONGEST:
        return text
    head = text[:LONGEST]
    sentence = re.match(r"(.*[.!?])\s", head)
    return sentence[1] if sentence else head.rpartition(" ")[0].rstrip(",;:") + " …"


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Add the tag, unless the page brings one of its own."""
    tags = context.get("metatags", "")
    if doctree is None or 'name="description"' in tags:
        return
    if text := summary(doctree):
        context["metatags"] = f'{tags}\n<meta name="description" content="{escape(text)}">'


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect."""
    app.connect("html-page-context", describe)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
