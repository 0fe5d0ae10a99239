"""Search, from a folder: no server, no network."""

from __future__ import annotations

import pytest

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def search(site, open_tab):
    """Return ``search("two words")``: what is told about the results, and each result as (address, text)."""

    def search(words: str) -> tuple[str, list[tuple[str, str]]]:
        tab = open_tab()
        page = tab.open(site.html / "search.html", f"?q={words.replace(' ', '+')}")
        page.get_by_role("heading", name="Search Results").wait_for()
        results = [
            (result.locator("a").get_attribute("href") or "", result.inner_text())
            for result in page.locator("#search-results ul.search > li").all()
        ]
        assert tab.requests == []
        assert tab.complaints == []
        return page.locator(".search-summary").inner_text(), results

    return search


def pages(results: list[tuple[str, str]]) -> list[str]:
    return [address.partition("#")[0] for address, _ in results]


def test_two_words_find_the_page_about_them(search):
    told, results = search("worker pool")
    assert f"found {len(results)} pages" in told
    assert "patterns/backpressure/worker-pool.html" in pages(results)[:3]
    assert "glossary.html" in pages(results)[:3]


def test_the_name_of_a_family_finds_its_page_first(search):
    _, results = search("retry")
    assert results[0][0] == "patterns/retry/index.html"
    # What the page is about, in its own words.
    assert "Use it when a call fails now and then" in results[0][1]


def test_the_name_of_a_method_finds_its_entry_and_its_picture(search):
    _, results = search("chunks")
    first = [address for address, _ in results[:3]]
    assert "patterns/streams/api.html#trio_patterns.streams.Stream.chunks" in first
    assert "patterns/streams/time-and-room.html#chunks" in first


def test_a_list_of_changes_is_not_what_one_looks_for(search):
    _, results = search("bounded_map")
    assert results[0][0].endswith("#trio_patterns.backpressure.bounded_map")
    assert pages(results)[-3:].count("changelog.html") == 1


def test_nothing_found_is_said(search):
    told, results = search("zyzzyva")
    assert results == []
    assert "did not match any documents" in told


def test_the_box_in_the_side_bar_leads_there(site, open_tab):
    page = open_tab().open(site.html / "index.html")
    page.get_by_role("textbox", name="Search").fill("jitter")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search Results").wait_for()
    assert page.locator("#search-results ul.search > li").count() > 0
