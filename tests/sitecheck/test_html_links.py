"""What is read out of a page: links with their lines, anchors, and nothing that a browser would not see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.sitecheck.html_links import Page, parse_page

URL = "http://site.test/dir/page.html"


def parse(markup: str | bytes, charset: str | None = None) -> Page:
    return parse_page(markup if isinstance(markup, bytes) else markup.encode(), URL, charset)


def urls(markup: str) -> list[str]:
    return [link.url for link in parse(markup).links]


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="x">',
        "<A HREF=x>",
        "<a href='x'>",
        '<area href="x">',
        '<img src="x">',
        '<link rel="stylesheet" href="x">',
        '<link rel="canonical" href="x">',
        '<script src="x"></script>',
        '<video><source src="x"></video>',
        '<iframe src="x"></iframe>',
        '<video src="x"></video>',
        '<video poster="x"></video>',
        '<audio src="x"></audio>',
        '<track src="x">',
        '<embed src="x">',
        '<a rel="nofollow" href="x">',
        '<noscript><a href="x"></noscript>',
        '<a href=" x\n">',
        '<a href="x" href="y">',
        '<meta http-equiv="Refresh" content="0; URL=\'x\'">',
        '<meta http-equiv="refresh" content="5;x">',
    ],
)
def test_a_link_is_found_in(markup: str) -> None:
    assert urls(markup) == ["http://site.test/dir/x"]


@pytest.mark.parametrize(
    "markup",
    [
        "<!-- <a href=x> -->",
        "<template><a href=x></a></template>",
        "<textarea><a href=x></a></textarea>",
        "<title><a href=x></a></title>",
        "<script>'<a href=x>'</script>",
        "<style>/* <a href=x> */</style>",
        "<iframe><a href=x></a></iframe>",
        "<link rel=preconnect href=http://cdn.test>",
        "<link rel='dns-prefetch' href=//cdn.test>",
        "<a name=x>",
        '<img src="">',
        '<link href="">',
        '<script src=" "></script>',
        '<meta http-equiv="refresh" content="5">',
        '<meta name="refresh" content="5; url=x">',
        '<meta http-equiv="refresh" content="5; url=">',
        "<p href=x>",
        "&lt;a href=x&gt;",
    ],
)
def test_no_link_is_found_in(markup: str) -> None:
    assert urls(markup) == []


def test_the_line_is_the_one_on_which_the_tag_starts() -> None:
    page = parse('<p>\n<a\n  class="c"\n  href="x">one</a>\n\n<img\nsrc="y">')
    assert [(link.line, link.written) for link in page.links] == [(2, "x"), (6, "y")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_does(line_end: str) -> None:
    assert parse(line_end.join(["<p>", "<p>", "<a href=x>"])).links[0].line == 3


def test_the_link_is_reported_as_it_is_written() -> None:
    page = parse('<a href=" ../X%7e.html?a=1&amp;b=2#f ">')
    assert page.links[0].written == " ../X%7e.html?a=1&b=2#f "
    assert page.links[0].url == "http://site.test/X~.html?a=1&b=2"
    assert page.links[0].fragment == "f"


def test_an_ampersand_in_a_link_is_read_as_a_browser_does() -> None:
    """``&section=2`` is a parameter although ``&sect`` is a sign; ``&copy;`` is a reference."""
    assert urls('<a href="x?a=1&section=2&copy=3">') == ["http://site.test/dir/x?a=1&section=2&copy=3"]
    assert urls('<a href="x?&eacute;">') == ["http://site.test/dir/x?%C3%A9"]
    assert urls('<a href="x?&eacute">') == ["http://site.test/dir/x?%C3%A9"]
    assert urls('<a href="x?&notathing;">') == ["http://site.test/dir/x?&notathing;"]
    assert urls('<a href="&#120;">') == ["http://site.test/dir/x"]


def test_an_empty_href_is_a_link_to_the_page_itself() -> None:
    assert urls('<a href=""><a href>') == [URL, URL]


def test_what_is_no_url_and_what_is_not_the_web() -> None:
    page = parse('<a href="http://:x/"><a href="mailto:me@site.test"><img src="data:image/png;base64,AAAA">')
    assert [link.url for link in page.links] == ["", "mailto:", "data:"]


@pytest.mark.parametrize(
    ("srcset", "found"),
    [
        ("a.png", ["a.png"]),
        ("a.png 1x, b.png 2x", ["a.png", "b.png"]),
        ("a.png 640w,b.png 2x", ["a.png", "b.png"]),
        ("  a.png ,\n b.png  ", ["a.png", "b.png"]),
        ("a,b.png 1x, c.png", ["a,b.png", "c.png"]),
        ("a.png, b.png", ["a.png", "b.png"]),
        ("a.png foo(1, 2) 1x, b.png", ["a.png", "b.png"]),
        ("a.png 1x 2x", ["a.png"]),
        (",,", []),
        ("", []),
    ],
)
def test_srcset_holds_several_links(srcset: str, found: list[str]) -> None:
    wanted = [f"http://site.test/dir/{name}" for name in found]
    assert urls(f'<img srcset="{srcset}">') == wanted
    assert urls(f'<source srcset="{srcset}">') == wanted


def test_src_and_srcset_are_both_links() -> None:
    assert [link.written for link in parse('<img src="a" srcset="b 2x">').links] == ["a", "b"]


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ('<base href="/other/">', "http://site.test/other/x"),
        ('<base href="sub/">', "http://site.test/dir/sub/x"),
        ('<base href="http://else.test/d/e">', "http://else.test/d/x"),
        ('<base href="/one/"><base href="/two/">', "http://site.test/one/x"),
        ('<base target="_top"><base href="/two/">', "http://site.test/two/x"),
        ('<base href="data:text/plain,">', "http://site.test/dir/x"),
        ('<base href="http://:bad/">', "http://site.test/dir/x"),
        ('<base href="">', "http://site.test/dir/x"),
    ],
)
def test_base_href_moves_all_links(base: str, url: str) -> None:
    assert urls(f"<a href=x>{base}") == [url]


def test_base_href_moves_bare_fragments_too() -> None:
    """Surprising, and what every browser does."""
    link = parse('<base href="/other/"><a href="#here">').links[0]
    assert (link.url, link.fragment) == ("http://site.test/other/", "here")


def test_anchors_are_ids_of_all_elements_and_names_of_a() -> None:
    page = parse(
        '<p id="One"><a name="two"></a><input name="three"><a id="" name=""></a><template id=t><p id=no>'
    )
    assert page.anchors == {"One", "two", "t"}


@pytest.mark.parametrize(
    "markup",
    [
        "<a href=x><b><i></a></b><p></i>",
        "<<<a href=x><<",
        "<![oops <a> <a href=x>",
        "<!-- kept --><![oops\n><a href=x>",
        "<![if !IE]><a href=x><![endif]>",
        "<?xml version='1.0'?><html><a href=x>",
        "<?php echo ?><a href=x>",
        "<a href=x",
        "<a href=x><!-- <![oops",
        "\0<a href=x>\0",
        "</p></p></html><a href=x>",
        "<table><tr><a href=x>",
        "<a href=x>" + "<div>" * 5000,
        "<a href=x>&#xffffffff;&#0;&bogus;",
    ],
)
def test_broken_markup_is_read_all_the_same(markup: str) -> None:
    assert [url for url in urls(markup) if url] in (["http://site.test/dir/x"], [])
    assert parse("<p>\n" + markup).links == () or parse("<p>\n" + markup).links[0].line >= 2


def test_a_rejected_declaration_does_not_move_the_lines() -> None:
    page = parse("<p>\n<![oops\n\n><a href=x>\n<!-- <![ -->\n<a href=y>")
    assert [(link.line, link.written) for link in page.links] == [(4, "x"), (6, "y")]


def test_a_binary_file_that_claims_to_be_a_page_is_a_page_without_links() -> None:
    assert parse(bytes(range(256)) * 50).links == ()


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<p id=\u00e9>".encode(), None),
        ("<p id=\u00e9>".encode("latin-1"), None),
        ("<p id=\u00e9>".encode("latin-1"), "iso-8859-1"),
        ("<meta charset=iso-8859-1><p id=\u00e9>".encode("latin-1"), None),
        ("<meta charset=utf-16><p id=\u00e9>".encode(), None),
        ("<p id=\u00e9>".encode("utf-8-sig"), "iso-8859-1"),
        ("<p id=\u00e9>".encode("utf-16"), None),
        ("<p id=\u00e9>".encode("latin-1"), "no-such-encoding"),
        ("<p id=\u00e9>".encode("latin-1"), "hex"),
    ],
)
def test_the_encoding_is_found_as_a_browser_does(body: bytes, charset: str | None) -> None:
    assert parse(body, charset).anchors == {"\u00e9"}


@given(st.one_of(st.text(alphabet="<>!-[]a/ =\"'hrefidsrc&;?\n\0bst"), st.binary()))
def test_any_bytes_give_a_page(body: str | bytes) -> None:
    """A page that the checker can't read must not end the check of all others."""
    page = parse(body)
    assert all(link.line >= 1 for link in page.links)
