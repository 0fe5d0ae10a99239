"""The last stop of the tour: ``examples.sitecheck`` as a user would run it, on the project's own docs."""

from __future__ import annotations

import contextlib
import html
import json
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
        command = [sys.executable, "-m", "examples.sitecheck", "--db", str(scratch / "tour.sqlite")]
        if (DOCS / "index.html").is_file():
            shown = DOCS.relative_to(ROOT.parent)
            screen.note(
                f"The site: this project's built documentation.\n$ python -m examples.sitecheck {shown}\n"
            )
            return _as_expected(screen, _run([*command, str(DOCS)])[0], 0)
        site = scratch / "site"
        site.mkdir()
        screen.note(
            f"The site: {write_site(site)} pages made from the examples; {len(BROKEN)} links are broken."
        )
        screen.note(f"$ python -m examples.sitecheck {site}\n")
        if not _as_expected(screen, _run([*command, str(site)])[0], 1):
            return False
        # Exit status 1 is what a crash gives, too, so look whether it is these links, and only these.
        _, report = _run([*command, "--json", str(site)], stdout=subprocess.PIPE)
        try:
            found = sorted(entry["link"] for entry in json.loads(report)["broken"])
        except (ValueError, KeyError, TypeError) as exc:
            screen.note(f"\nsitecheck --json printed something else than its report: {exc!r}")
            return False
        screen.note(f"\nBroken on purpose: {', '.join(BROKEN)}. Found: {', '.join(found)}.")
        return found == sorted(BROKEN)


def _as_expected(screen: Screen, status: int, expected: int) -> bool:
    if status != expected:
        screen.note(f"\nsitecheck ended with exit status {status}, and {expected} was expected.")
    return status == expected


def _run(command: list[str], stdout: int | None = None) -> tuple[int, str]:
    with subprocess.Popen(
        command, cwd=ROOT.parent, stdin=subprocess.DEVNULL, stdout=stdout, encoding="utf-8"
    ) as process:
        try:
            printed, _ = process.communicate()
            return process.returncode, printed or ""
        except KeyboardInterrupt:
            # Ctrl-C reached the link checker as well: let it save and say what it has before we leave.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.terminate()
            raise
