"""``{timeline} script.py``: what a script does in time, recorded when the documentation is built.

The script has an ``async def main()``. It runs on a virtual clock (unless it sets ``REAL_TIME``), its tasks
in the order in which they were started, so that a build makes the same picture each time. Two paths with a
blank between them stand one above the other, on the same scale if that leaves both legible. Paths are
relative to the page.

``:until: 3.0`` ends the pictures after so many seconds. ``:caption: ...`` stands below them.

The picture is an SVG within the page, and below it a link leads to the same recording to zoom and hover.
Builders other than HTML say in a sentence what there is to see.
"""

from __future__ import annotations

import io
import logging
import re
from contextlib import nullcontext, redirect_stdout
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import trio
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from trim import until
from trio.testing import MockClock

from examples._runner import load
from trio_patterns._core.scheduler_door import is_open, task_order
from trio_patterns.timeline import Timeline
from trio_patterns.timeline.html import to_html
from trio_patterns.timeline.model import Recording
from trio_patterns.timeline.svg import names_width, to_svg
from trio_patterns.timeline.svg_style import css
from trio_patterns.timeline.words import summary

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Pixels: a page's column.
WIDTH = 736
FOLD = 8
#: Beyond this the shorter of two pictures would be squeezed on the scale of the longer one.
SAME_SCALE = 6.0


def record(path: Path) -> Recording:
    """Run a script's ``main``, what it prints going nowhere, and return the recording."""
    timeline = Timeline()
    with load(path) as module, redirect_stdout(io.StringIO()):
        real = bool(getattr(module, "REAL_TIME", False))
        clock = None if real else MockClock(autojump_threshold=0)
        # What a script logs is news of the script, and no warning of the build.
        logging.disable()
        try:
            with task_order(lambda batch: None) if is_open() else nullcontext():
                trio.run(module.main, clock=clock, instruments=[timeline])
        finally:
            logging.disable(logging.NOTSET)
    return timeline.recording


def draw(recordings: dict[str, Recording], links: dict[str, str]) -> str:
    """Return the figure with all pictures, their titles in order, and links to pages to look closer."""
    longest = max(recording.duration for recording in recordings.values())
    same = all(recording.duration * SAME_SCALE >= longest for recording in recordings.values())
    names = max(names_width(recording, fold=FOLD) for recording in recordings.values())
    pictures = []
    for title, recording in recordings.items():
        svg = to_svg(
            recording,
            title="",
            fold=FOLD,
            width=WIDTH,
            embedded=True,
            duration=longest if same else recording.duration,
            names=names,
        )
        kind = "broken" if title.endswith("_broken.py") else "plain" if len(recordings) > 1 else "alone"
        label = escape(f"Timeline of {title}")
        link = f' <a href="{escape(links[title])}">zoom, hover, search</a>' if title in links else ""
        pictures.append(
            f'<div class="timeline-title {kind}"><code>{escape(title)}</code>{link}</div>'
            f'<div class="timeline-picture" role="group" tabindex="0" aria-label="{label}">{svg}</div>'
        )
    return "".join(pictures)


class TimelineDirective(SphinxDirective):
    """One script or two."""

    required_arguments = 1
    optional_arguments = 7
    option_spec: ClassVar = {"until": float, "caption": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Record and draw."""
        recordings: dict[str, Recording] = {}
        for argument in self.arguments:
            path = Path(self.env.relfn2path(argument)[1])
            self.env.note_dependency(str(path))
            try:
                recording = record(path)
            except Exception as exc:
                raise self.error(f"timeline of {argument}: {type(exc).__name__}: {exc}") from exc
            if "until" in self.options:
                recording = until(recording, self.options["until"])
            recordings[path.name] = recording
        caption = self.options.get("caption", "")
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        figure = f'<figure class="timelines">{draw(recordings, self.closer(recordings))}{below}</figure>'
        html = nodes.raw("", figure, format="html")
        said = [f"{title}: {summary(recording)}." for title, recording in recordings.items()]
        text = addnodes.only("", nodes.paragraph("", " ".join([*said, caption])))
        text["expr"] = "not format_html"
        return [html, text]

    def closer(self, recordings: dict[str, Recording]) -> dict[str, str]:
        """Write a page for each recording, and return how this page gets there."""
        app = self.env.app
        if app.builder.name != "html":
            return {}
        links: dict[str, str] = {}
        for title, recording in recordings.items():
            name = f"{self.env.docname}/{title}".replace("/", "-").removesuffix(".py") + ".html"
            folder = Path(app.outdir) / "_static" / "timelines"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(to_html(recording, title=title), encoding="utf-8")
            links[title] = f"{'../' * self.env.docname.count('/')}_static/timelines/{name}"
        return links


def _write_css(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    dark, light = 'body[data-theme="dark"] svg.tl', 'body:not([data-theme="light"]) svg.tl'
    sheet = css("svg.tl", dark, light)
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / "timeline.css").write_text(re.sub(r"\n\s*", "\n", sheet), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive and the colours."""
    app.add_directive("timeline", TimelineDirective)
    app.connect("builder-inited", _write_css)
    app.add_css_file("timeline.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
