"""What stands in the head of each page: what a browser's tab, a search engine and a link's preview show."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Site

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)


def heads(site: Site) -> dict[str, str]:
    """Return the head of every page that somebody wrote."""
    sources = site.html / "_sources"
    return {
        str(source.relative_to(sources)).removesuffix(".md.txt"): (
            (site.html / source.relative_to(sources).as_posix().replace(".md.txt", ".html"))
            .read_text(encoding="utf-8")
            .partition("</head>")[0]
        )
        for source in sources.rglob("*.md.txt")
    }


def found(pattern: str, site: Site) -> dict[str, str]:
    matches = {page: re.findall(pattern, head) for page, head in heads(site).items()}
    assert {page: all_ for page, all_ in matches.items() if len(all_) != 1} == {}
    return {page: unescape(all_[0]) for page, all_ in matches.items()}


def test_every_page_has_a_title_of_its_own(site: Site):
    titles = found(r"<title>([^<]+)</title>", site)
    assert len(set(titles.values())) == len(titles)
    assert [title for title in titles.values() if "trio_patterns" not in title] == []


def test_every_page_says_in_a_sentence_what_it_is_about(site: Site):
    texts = found(r'<meta name="description" content="([^"]*)"', site)
    assert {page: text for page, text in texts.items() if not 10 <= len(text) <= 162} == {}
    assert texts["patterns/retry/index"].startswith("Use it when a call fails now and then")
    # Words as they are shown, not as they are written in the source.
    assert {page: text for page, text in texts.items() if re.search(r"[`{}<>]", text)} == {}


def test_every_page_has_the_picture_for_the_tab(site: Site):
    pictures = found(r'<link rel="shortcut icon" href="([^"]+)"', site)
    for page, address in pictures.items():
        path = (site.html / page).parent / address.partition("?")[0]
        assert path.read_text(encoding="utf-8").startswith("<svg"), page


def test_pages_form_one_chain_from_the_first_to_the_last(site: Site):
    """What "next" leads to names the page as its "previous"."""
    pages = heads(site)

    def neighbour(page: str, which: str) -> str | None:
        link = re.search(rf'<link rel="{which}" [^>]*href="([^"]+)"', pages[page])
        if link is None:
            return None
        target = ((site.html / page).parent / link[1]).resolve().relative_to(site.html.resolve())
        return target.as_posix().removesuffix(".html")

    chain = ["index"]
    while (follows := neighbour(chain[-1], "next")) in pages:
        assert follows is not None
        assert neighbour(follows, "prev") == chain[-1]
        chain.append(follows)
    assert sorted(chain) == sorted(pages)
