"""URLs as a browser reads them."""

from __future__ import annotations

import httpx  # noqa: ASYNC127
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.sitecheck.urls import (
    InvalidLink,
    Target,
    fragment_names,
    host_key,
    is_web,
    origin,
    page_path,
    resolve,
)

BASE = "http://site.test/guide/start.html?q=1"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("next.html", "http://site.test/guide/next.html"),
        ("./next.html", "http://site.test/guide/next.html"),
        ("../top.html", "http://site.test/top.html"),
        ("../../../top.html", "http://site.test/top.html"),
        ("/abs/x.html", "http://site.test/abs/x.html"),
        ("sub/", "http://site.test/guide/sub/"),
        ("sub/..", "http://site.test/guide/"),
        (".", "http://site.test/guide/"),
        ("..", "http://site.test/"),
        ("a/%2E%2e/b.html", "http://site.test/guide/b.html"),
        ("", "http://site.test/guide/start.html?q=1"),
        ("?q=2", "http://site.test/guide/start.html?q=2"),
        ("?", "http://site.test/guide/start.html?"),
        ("//other.test/x", "http://other.test/x"),
        ("//other.test", "http://other.test/"),
        ("https://other.test", "https://other.test/"),
        ("HTTP://Other.TEST:80/A", "http://other.test/A"),
        ("https://other.test:443/", "https://other.test/"),
        ("https://other.test:8443/", "https://other.test:8443/"),
        ("http://other.test:/", "http://other.test/"),
        ("http://user:pw@other.test/", "http://user:pw@other.test/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("http://[0:0::1]/x", "http://[::1]/x"),
        ("http://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.test/", "http://xn--bcher-kva.test/"),
        ("http:next.html", "http://site.test/guide/next.html"),
        ("http:/other.test/x", "http://other.test/x"),
        ("https:other.test/x", "https://other.test/x"),
        ("https:///other.test/x", "https://other.test/x"),
        ("\\\\other.test\\x", "http://other.test/x"),
        ("sub\\page.html", "http://site.test/guide/sub/page.html"),
        ("  next.html\n", "http://site.test/guide/next.html"),
        ("ne\n  xt.html", "http://site.test/guide/ne%20%20xt.html"),
        ("ne\txt.html", "http://site.test/guide/next.html"),
        ("a b.html", "http://site.test/guide/a%20b.html"),
        ("%7euser/%c3%a9", "http://site.test/guide/~user/%C3%A9"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}", "http://site.test/guide/%C3%A9"),
        ("100%.html", "http://site.test/guide/100%.html"),
        ("a%2Fb", "http://site.test/guide/a%2Fb"),
        ("x?a=b c&d=\N{LATIN SMALL LETTER E WITH ACUTE}", "http://site.test/guide/x?a=b%20c&d=%C3%A9"),
        ("x?a=/../b\\c", "http://site.test/guide/x?a=/../b\\c"),
        ("a:b/c", "a:"),
        ("./a:b", "http://site.test/guide/a:b"),
    ],
)
def test_resolve_gives_the_url_that_a_browser_would_open(link: str, url: str) -> None:
    assert resolve(BASE, link) == Target(url, "")


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("#here", Target(BASE, "here")),
        ("next.html#a%20b", Target("http://site.test/guide/next.html", "a%20b")),
        ("?x=1#y#z", Target("http://site.test/guide/start.html?x=1", "y#z")),
        ("#", Target(BASE, "")),
        ("x#a?b/../c", Target("http://site.test/guide/x", "a?b/../c")),
    ],
)
def test_resolve_splits_the_fragment_off(link: str, target: Target) -> None:
    assert resolve(BASE, link) == target


@pytest.mark.parametrize(
    "link",
    [
        "mailto:me@site.test",
        "tel:+1",
        "JavaScript:void(0)",
        "data:text/plain,x#y",
        "ftp://x/y",
        "file:///etc",
        "x-y+z.1:",
    ],
)
def test_resolve_keeps_only_the_scheme_of_what_is_not_the_web(link: str) -> None:
    target = resolve(BASE, link)
    assert target == Target(link.partition(":")[0].lower() + ":", "")
    assert not is_web(target.url)


@pytest.mark.parametrize(
    "link",
    [
        "http://",
        "//",
        "http://site.test:port/",
        "http://site.test:99999/",
        "http://a b/",
        "http://[::1/",
        "http://[fe80]/",
        "http://%00/",
        "http://a%2Fb/",
        "http://\N{LATIN SMALL LETTER E WITH ACUTE}\N{COMBINING DOUBLE RING BELOW}\u200e/",
    ],
)
def test_resolve_refuses_what_no_browser_could_open(link: str) -> None:
    with pytest.raises(InvalidLink):
        resolve(BASE, link)


def test_a_base_without_query_gives_none_to_an_empty_link() -> None:
    assert resolve("http://site.test/a", "").url == "http://site.test/a"


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("", ()),
        ("top", ()),
        ("TOP", ()),
        ("here", ("here", "here")),
        ("a%20b", ("a%20b", "a b")),
        ("%C3%A9", ("%C3%A9", "\N{LATIN SMALL LETTER E WITH ACUTE}")),
        (":~:text=found", ()),
        ("here:~:text=found", ("here", "here")),
    ],
)
def test_fragment_names(fragment: str, names: tuple[str, ...]) -> None:
    assert fragment_names(fragment) == names


def test_origin_and_host() -> None:
    assert origin("http://site.test:8000/a/b?c=/d") == "http://site.test:8000"
    assert host_key("http://site.test/a") == host_key("https://site.test/b") == "site.test"
    assert host_key("http://me:pw@site.test:8000/a") == "site.test:8000"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://site.test/", "index.html"),
        ("http://site.test/guide/", "guide/index.html"),
        ("http://site.test/guide/a%20b.html", "guide/a b.html"),
        ("http://site.test/?page=2", "index.html?page=2"),
        ("http://site.test/a.html?x=/", "a.html?x=/"),
    ],
)
def test_page_path_is_what_a_report_calls_a_page(url: str, path: str) -> None:
    assert page_path(url) == path


def test_page_path_without_query() -> None:
    assert page_path("http://site.test/a.html?x=1", with_query=False) == "a.html"


@given(st.text())
def test_resolve_is_total_and_its_result_is_already_normal(link: str) -> None:
    """Whatever stands in an href: a URL that stays itself when resolved again, or InvalidLink."""
    try:
        target = resolve(BASE, link)
    except InvalidLink:
        return
    if is_web(target.url):
        assert resolve(BASE, target.url) == Target(target.url, "")
        assert target.url.isascii()


@given(st.text(alphabet=st.characters(exclude_characters="#:", exclude_categories=("Cs",))))
def test_the_http_client_sends_what_was_resolved(path: str) -> None:
    """The client's own opinion of URLs must not turn one key into two requests or two keys into one."""
    url = resolve("http://site.test/dir/page", "/" + path.lstrip("/\\")).url
    sent = httpx.URL(url).raw_path.decode()
    assert resolve("http://site.test/", sent).url == url
