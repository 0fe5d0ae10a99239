"""The looks see what they are for: each fault, put into a page that is fine, is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from .looks import Findings, look_at

FINE = """<!doctype html><html lang="en"><head><title>Fine</title><style>
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } }
</style></head><body><main><article><h1>One</h1><h2>Two</h2><p>Words.</p>{fault}</article></main></body></html>"""

PICTURE = '<svg role="img" aria-label="p" width="200" height="60" viewBox="0 0 {width} 60">{inside}</svg>'

FAULTS = {
    "pale text": ('<p style="color: #999">pale</p>', "serious color-contrast"),
    "text that is lost in the dark": ('<p style="color: #222">dark</p>', "dark: serious color-contrast"),
    "a link without a name": ('<a href="x.html"></a>', "serious link-name"),
    "a picture file without a name": ('<img src="data:,">', "critical image-alt"),
    "a box only a mouse can scroll": (
        '<pre style="width: 90px; overflow: auto">aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</pre>',
        "serious scrollable-region-focusable",
    ),
    "a skipped heading": ("<h4>Four</h4>", "headings: skips a level"),
    "two titles": ("<h1>Another</h1>", "headings: 2 headings of level 1"),
    "wider than a phone": ('<div style="width: 500px">wide</div>', "phone: 508 px wide"),
    "wider than a desk": ('<div style="width: 2000px">wide</div>', "desktop: 2008 px wide"),
    "a style sheet from elsewhere": (
        '<link rel="stylesheet" href="https://fonts.invalid/a.css">',
        "asks the network for: https://fonts.invalid/a.css",
    ),
    "a script that fails": ("<script>nothing.at.all</script>", "console: exception: nothing is not defined"),
    "a script that is not there": ('<script src="gone.js"></script>', "console: failed: file:"),
    "a fault behind a lid": (
        '<details><summary>More</summary><p style="color: #999">pale</p></details>',
        "serious color-contrast",
    ),
    "tabs over one another": (
        '<div class="sd-tab-set"><label>First tab</label><label style="margin-left: -40px">B</label></div>',
        "tabs overlap",
    ),
    "a drawing without a name": ('<svg width="90" height="60"><text y="20">a</text></svg>', "without a name"),
    "pale letters in a drawing": (
        PICTURE.format(width=200, inside='<text y="20" fill="#777">a</text>'),
        "in a picture",
    ),
    "letters lost on a shape": (
        PICTURE.format(
            width=200,
            inside='<rect width="90" height="50" fill="#d00"/><text x="9" y="20" fill="#a00">a</text>',
        ),
        "in a picture",
    ),
    "a drawing that shrank": (PICTURE.format(width=600, inside='<text y="20">a</text>'), "text of 5.3 px"),
}


def looked_at(tmp_path: Path, open_tab, fault: str) -> Findings:
    path = tmp_path / "page.html"
    path.write_text(FINE.replace("{fault}", fault), encoding="utf-8")
    found = Findings()
    tab = open_tab(offline=False)
    # Nothing leaves this machine: a request to elsewhere is answered here.
    tab.page.route("https://**", lambda route: route.fulfill(status=200, content_type="text/css", body=""))
    look_at(tab.open(path), "page", found)
    found.add("page", "asks the network for", tab.requests)
    found.add("page", "console", tab.complaints)
    return found


def test_a_page_without_fault(tmp_path, open_tab):
    found = looked_at(tmp_path, open_tab, "")
    assert found.report() == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(tmp_path, open_tab, fault: str):
    html, told = FAULTS[fault]
    found = looked_at(tmp_path, open_tab, html)
    assert told in found.report()
    assert "page" in found.faults
