"""What a page says: the links in it, each with the line on which its tag starts, and the anchors it offers.

The page is read as a browser with scripts switched off reads it, because that is what this program is: what
stands in ``<noscript>`` counts, what a script would write does not exist, and what stands in comments,
``<template>``, ``<textarea>`` and the like is text. The parser is Beautiful Soup on top of Python's own
``html.parser``: it never gives up on broken markup, and it knows the lines.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import Tag
from bs4.exceptions import ParserRejectedMarkup

from .urls import InvalidLink, resolve

__all__ = ["Link", "Page", "parse_page"]

#: The attributes that make a browser fetch something, or take the reader there.
_URL_ATTRIBUTES = {
    "a": ("href",),
    "area": ("href",),
    "audio": ("src",),
    "embed": ("src",),
    "frame": ("src",),
    "iframe": ("src",),
    "img": ("src",),
    "link": ("href",),
    "script": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src", "poster"),
}
_SRCSETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}

#: A ``<link>`` of these kinds names a server to get ready for, not a document.
_HINTS = frozenset({"preconnect", "dns-prefetch"})

#: Elements whose content is text or inert to a browser, although an HTML parser finds tags in it.
_INERT = ("template", "textarea", "title", "iframe", "noembed", "noframes", "xmp")

_REFRESH = re.compile(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?(['\"]?)(.*)", re.IGNORECASE | re.DOTALL)
_BOGUS_DECLARATION = re.compile(r"<!--.*?-->|(<!\[[^>]*>?)", re.DOTALL)
_REFERENCE = re.compile(r"&([a-zA-Z][a-zA-Z0-9]*)([;=]?)")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*>")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page."""

    line: int
    """The line, from 1, on which the tag starts."""
    written: str
    """The link as it is written in the page (character references like ``&amp;`` are read)."""
    url: str
    """The normal URL it leads to; only ``scheme:`` if that is none of the web's, empty if it is no URL."""
    fragment: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a link checker has to know about one HTML page."""

    links: tuple[Link, ...]
    anchors: frozenset[str]


def parse_page(body: bytes, url: str, charset: str | None = None) -> Page:
    """Return the links and anchors of the page at ``url``; never fails, whatever ``body`` holds.

    Args:
      body: The page.
      url: Where it was found, a normal URL: what its relative links are relative to.
      charset: The encoding that the server named, if it did.
    """
    soup = _parse(_decode(body, charset))
    for tag in soup.find_all(_INERT):
        tag.clear()
    base = _base(soup, url)
    links: list[Link] = []
    anchors: set[str] = set()
    for tag in soup.find_all(True):
        anchors.update(_anchors(tag))
        for written in _links(tag):
            try:
                target = resolve(base, written)
            except InvalidLink:
                links.append(Link(tag.sourceline or 1, written, "", ""))
            else:
                links.append(Link(tag.sourceline or 1, written, target.url, target.fragment))
    return Page(tuple(links), frozenset(anchors))


def _decode(body: bytes, charset: str | None) -> str:
    """Decode as browsers do: byte order mark, then the server's word, then the page's, then a guess."""
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-8" if body.startswith(b"\xef") else "utf-16"
    elif charset is None:
        charset = EncodingDetector.find_declared_encoding(body[:1024], is_html=True)
        if charset and charset.startswith("utf-16"):
            charset = "utf-8"  # or the declaration could not have been read as ASCII
    try:
        text = body.decode(charset or "utf-8", errors="replace" if charset else "strict")
    except (LookupError, ValueError):  # no such encoding, or no UTF-8
        text = body.decode("windows-1252", errors="replace")
    # One kind of line end, as the HTML standard has it, so that lines are counted as in an editor.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parse(text: str) -> BeautifulSoup:
    # Where the parser and a browser differ. A tag that never ends is dropped (and would cost the parser
    # seconds for every ten kilobytes that follow); an XML declaration is a comment (and makes the parser warn
    # that it isn't one for XML); "&section=2" is no section sign; of two equal attributes the first counts.
    text = text[: text.rfind(">") + 1]
    text = _XML_DECLARATION.sub(_blank, text, count=1) if text.lstrip()[:5] == "<?xml" else text
    text = _REFERENCE.sub(_browser_reference, text) + "\n"
    try:
        return BeautifulSoup(text, "html.parser", on_duplicate_attribute="ignore")
    except ParserRejectedMarkup:
        # Python's parser gives up at "<![oops". A browser takes it for a comment that ends at the next ">".
        text = _BOGUS_DECLARATION.sub(lambda match: _blank(match) if match[1] else match[0], text)
        return BeautifulSoup(text, "html.parser", on_duplicate_attribute="ignore")


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _browser_reference(match: re.Match[str]) -> str:
    """Escape the ampersand of what a browser doesn't take for a character reference in an attribute."""
    name, end = match.groups()
    is_reference = (
        name + ";" in html.entities.html5 if end == ";" else not end and name in html.entities.html5
    )
    return match[0] if is_reference else "&amp;" + match[0][1:]


def _base(soup: BeautifulSoup, url: str) -> str:
    """Return what relative links are relative to: the first ``<base href>`` counts, wherever it stands."""
    for tag in soup.find_all("base", href=True):
        try:
            target = resolve(url, _attribute(tag, "href") or "")
        except InvalidLink:
            return url
        return target.url if "://" in target.url else url
    return url


def _anchors(tag: Tag) -> Iterator[str]:
    yield from filter(None, (_attribute(tag, "id"), _attribute(tag, "name") if tag.name == "a" else None))


def _links(tag: Tag) -> Iterator[str]:
    """Yield the links of one tag as they are written."""
    if tag.name == "meta":
        yield from _refresh(tag)
        return
    if tag.name == "link" and not _HINTS.isdisjoint((_attribute(tag, "rel") or "").lower().split()):
        return
    for name in _URL_ATTRIBUTES.get(tag.name, ()):
        written = _attribute(tag, name)
        # An empty href is a link to the page itself; an empty src makes a browser fetch nothing.
        if written is not None and (written.strip() or tag.name in ("a", "area")):
            yield written
    if tag.name in _SRCSETS:
        yield from _srcset(_attribute(tag, _SRCSETS[tag.name]) or "")


def _refresh(tag: Tag) -> Iterator[str]:
    """Yield where ``<meta http-equiv=refresh content="0; url=x">`` leads: the redirect of static sites."""
    if (_attribute(tag, "http-equiv") or "").strip().lower() == "refresh":
        found = _REFRESH.fullmatch(_attribute(tag, "content") or "")
        if found:
            quotation_mark, url = found.groups()
            url = url.partition(quotation_mark)[0] if quotation_mark else url
            if url.strip():
                yield url


def _srcset(text: str) -> Iterator[str]:
    """Yield the URLs of ``srcset``: candidates stand between commas, but a URL may hold commas itself."""
    rest = text
    while rest := rest.lstrip(" \t\n\r\f,"):
        candidate = rest.split(None, 1)
        url, rest = candidate[0], candidate[1] if len(candidate) == 2 else ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            # The descriptor ("2x", "640w") goes up to the next comma that no parenthesis encloses.
            depth = 0
            for index, char in enumerate(rest):
                depth += (char == "(") - (char == ")")
                if char == "," and depth <= 0:
                    rest = rest[index:]
                    break
            else:
                rest = ""
        yield url


def _attribute(tag: Tag, name: str) -> str | None:
    value = tag.get(name)
    # Beautiful Soup splits class, rel and a few others into lists.
    return " ".join(value) if isinstance(value, list) else value
