"""The last stop of the tour: ``examples.sitecheck`` as a user would run it, on the project's own docs."""

from __future__ import annotations

import contextlib
import html
import subprocess
import sys
import tempfile
from pathlib import Path

from ._catalogue import ROOT, find_examples
from ._screen import Screen

__all__ = ["BROKEN", "run_capstone", "write_site"]

#: The built documentation, if somebody has built it.
DOCS = ROOT.parent / "docs" / "_build" / "html"

#: The links of the tour's own little site that lead nowhere, as they are written there.
BROKEN = ("guide/moved.html", "#no-such-heading")


def write_site(folder: Path) -> int:
    """Write a site of one page for each example, with two broken links; return how many pages it has."""
    examples = find_examples()
    entries = []
    for example in examples:
        page = folder / example.family / f"{example.slug}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        lines = example.path.read_text(encoding="utf-8").splitlines()
        numbered = "\n".join(f'<a id="line-{n}"></a>{html.escape(line)}' for n, line in enumerate(lines, 1))
        heading = f'<link rel="stylesheet" href="../style.css"><h1 id="top">{html.escape(example.title)}</h1>'
        navigation = (
            f'<p><a href="../index.html#{example.slug}">contents</a> <a href="#line-{len(lines)}">end</a></p>'
        )
        page.write_text(f"<!doctype html>{heading}{navigation}<pre>{numbered}</pre>", encoding="utf-8")
        target = f"{example.family}/{example.slug}.html#top"
        entries.append(f'<li id="{example.slug}"><a href="{target}">{example.slug}</a></li>')
    faults = [f'<li><a href="{link}">broken on purpose</a></li>' for link in BROKEN]
    index = "\n".join(["<!doctype html><h1>Examples</h1><ul>", *entries, *faults, "</ul>"])
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "style.css").write_text("pre { line-height: 1.4 }\n", encoding="utf-8")
    return len(examples) + 1


def run_capstone(screen: Screen) -> bool:
    """Check a site with ``python -m examples.sitecheck``; tell whether it found what there is to find."""
    with tempfile.TemporaryDirectory(prefix="tour-") as name:
        scratch = Path(name)
        if (DOCS / "index.html").is_file():
            site, expected = DOCS, 0
            screen.note(f"The site: this project's built documentation, {DOCS.relative_to(ROOT.parent)}.")
        else:
            site, expected = scratch / "site", 1
            site.mkdir()
            pages = write_site(site)
            screen.note(
                f"The site: {pages} pages made from the examples, with {len(BROKEN)} links broken on purpose."
            )
        screen.note(f"$ python -m examples.sitecheck {site}\n")
        command = [
            sys.executable,
            "-m",
            "examples.sitecheck",
            str(site),
            "--db",
            str(scratch / "tour.sqlite"),
        ]
        status = _run(command)
    if status != expected:
        screen.note(f"\nsitecheck ended with exit status {status}, and {expected} was expected.")
    return status == expected


def _run(command: list[str]) -> int:
    with subprocess.Popen(command, cwd=ROOT.parent, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reached the link checker as well: let it save and say what it has before we leave.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.terminate()
            raise
