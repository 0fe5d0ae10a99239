"""What every written page is about: its first sentences, which are written as a summary.

They go into ``<meta name="description">``, and into a file for a search without a server.
"""

from __future__ import annotations

import json
import re
from html import escape, unescape
from pathlib import Path
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


def write_summaries(app: Sphinx, exception: Exception | None) -> None:
    """Collect what stands in the pages, also in those that this build had no reason to write again."""
    if exception is not None or app.builder.name != "html":
        return
    pages = {}
    for page in sorted(app.env.found_docs):
        html = Path(app.outdir, f"{page}.html").read_text(encoding="utf-8")
        if found := re.search(r'<meta name="description" content="([^"]*)"', html):
            pages[page] = unescape(found[1])
    target = Path(app.outdir, "_static", "page-summaries.js")
    target.write_text(f"const PAGE_SUMMARIES = {json.dumps(pages)};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect."""
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_summaries)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
