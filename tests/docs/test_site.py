"""What must be true of the built documentation."""

from __future__ import annotations

import importlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

if TYPE_CHECKING:
    from .conftest import Site

ROOT = Path(__file__).parents[2]
# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)

PACKAGES = ["trio_patterns"] + [
    f"trio_patterns.{family}"
    for family in ("spawning", "shutdown", "backpressure", "streams", "traits", "retry", "testing")
]


class Page(HTMLParser):
    """The parts of an HTML page that these tests look at."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.assets: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag in ("a", "area"):
            if "href" in given:
                self.links.append(given["href"])
            return
        # Whatever else names an address is fetched by the browser without being asked.
        self.assets += [given[name] for name in ("src", "href", "data", "poster") if name in given]
        self.assets += re.findall(r"url\(([^)]*)\)", given.get("style", ""))
        self.assets += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]


def is_remote(address: str) -> bool:
    return address.strip("'\" ").startswith(("http:", "https:", "//"))


def inventory(site: Site) -> set[str]:
    """Return the Python names in ``objects.inv``."""
    data = (site.html / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(data).decode().splitlines()
    return {line.split()[0] for line in lines if line.split()[1].startswith("py:")}


def test_the_site_builds_without_a_warning(site: Site):
    assert site.messages == ""
    assert site.exit_status == 0


def test_no_page_loads_anything_from_the_network(site: Site):
    """No font, script, style sheet or picture: the site works from a folder and tells nobody who reads."""
    remote = {
        (page.relative_to(site.html).as_posix(), asset)
        for page in site.pages
        for asset in Page(page).assets
        if is_remote(asset)
    }
    for sheet in site.html.rglob("*.css"):
        named = re.findall(r"(?:url\(|@import\s+)\s*['\"]?([^'\")\s;]+)", sheet.read_text(encoding="utf-8"))
        remote |= {(sheet.relative_to(site.html).as_posix(), asset) for asset in named if is_remote(asset)}
    assert remote == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_an_entry(site: Site, package: str):
    public = set(importlib.import_module(package).__all__) - {"__version__"}
    assert public, f"{package}.__all__ is empty"
    assert {f"{package}.{name}" for name in public} - inventory(site) == set()


def test_every_page_is_reached_from_the_side_bar(site: Site):
    """Written pages only: the index, the search page and the source listings are generated."""
    sources = site.html / "_sources"
    written = {
        source.relative_to(sources).as_posix().removesuffix(".md.txt") for source in sources.rglob("*.md.txt")
    }
    index = (site.html / "index.html").read_text(encoding="utf-8")
    side_bar = re.findall(r'<a class="reference internal" href="([^"#]+)\.html"', index.split("<article")[0])
    assert written - set(side_bar) == {"index"}


def test_the_search_index_knows_the_words_of_every_page(site: Site):
    text = (site.html / "searchindex.js").read_text(encoding="utf-8")
    search = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    sources = site.html / "_sources"
    assert set(search["docnames"]) == {
        source.relative_to(sources).as_posix().removesuffix(".md.txt") for source in sources.rglob("*.md.txt")
    }
    assert "nurseri" in search["terms"]  # stemmed, as the search page stems what you type


def test_no_link_inside_the_site_is_broken(site: Site):
    pages = {path: Page(path) for path in site.pages}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or (
                parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors
            ):
                broken.append((path.relative_to(site.html).as_posix(), link))
    assert broken == []
