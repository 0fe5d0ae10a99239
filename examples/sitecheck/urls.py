"""URLs as a browser reads them: resolved against a base, and brought into one spelling each.

A link checker that compares URLs letter by letter checks the same page under five names and reports links
that every browser opens. The rules here are those of the WHATWG URL standard, as far as ``http`` and
``https`` go: surrounding blanks and inner line breaks are dropped, a backslash is a slash, ``..`` stops at
the root. On top of them comes what RFC 3986 calls safe normalisation (``%7e`` is ``~``), so that one resource
has one key.

``urllib.parse.urljoin`` is close, but not it: it keeps blanks and backslashes and knows nothing of
``%2e%2e``.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

import idna

__all__ = ["InvalidLink", "Target", "fragment_names", "host_key", "is_web", "origin", "page_path", "resolve"]

# A browser gives no meaning to any other scheme that a link checker could check.
_DEFAULT_PORTS = {"http": 80, "https": 443}

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_CONTROL_OR_SPACE = "".join(map(chr, range(0x21)))
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
# What a browser leaves alone in a path and in a query; "%" because it is written already or meant as it is.
_PATH_SAFE = "%/!$&'()*+,;=:@|[]\\"
_QUERY_SAFE = "%/!$&()*+,;=:@|[]\\?^`{}"


class InvalidLink(ValueError):  # noqa: N818 - a name for what it is
    """A link that no browser can follow, because it isn't a URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads."""

    url: str
    """The resource, in its one spelling, without fragment. Of schemes other than http only ``scheme:``."""
    fragment: str
    """What stands after ``#``, still percent-encoded; empty if there is nothing."""


def is_web(url: str) -> bool:
    """Tell whether ``url``, from a `Target`, can be fetched."""
    return url.startswith(("http://", "https://"))


def resolve(base: str, link: str) -> Target:
    """Return where ``link``, as written in an attribute, leads from a document at ``base``.

    Raises:
      InvalidLink: if a browser could not make a URL of it.
    """
    link = link.strip(_CONTROL_OR_SPACE)
    for dropped in "\t\n\r":
        link = link.replace(dropped, "")
    scheme, base_authority, base_path, base_query = _split_base(base)
    found = _SCHEME.match(link)
    if found:
        named = found[1].lower()
        if named not in _DEFAULT_PORTS:
            return Target(named + ":", "")
        link = link[found.end() :]
        if named != scheme or link.startswith(("/", "\\")):
            # Absolute. However many slashes there are, the host comes next: that is how browsers mend
            # "http:/host".
            link = "//" + link.lstrip("/\\")
        # Else "http:page.html": an old spelling of a relative link.
        scheme = named
    link, _, fragment = link.partition("#")
    path, question_mark, query = link.partition("?")
    path = path.replace("\\", "/")
    if path.startswith("//"):
        authority, slash, path = path.lstrip("/").partition("/")
        authority = _normal_authority(authority, scheme)
        path = slash + path
    else:
        authority = base_authority
        if not path:
            path = base_path
            if not question_mark:
                question_mark, query = ("?", base_query) if base_query is not None else ("", "")
        elif not path.startswith("/"):
            path = base_path[: base_path.rfind("/") + 1] + path
    url = f"{scheme}://{authority}{_normal_path(path)}"
    if question_mark:
        url += "?" + _normal_percent(query, _QUERY_SAFE)
    return Target(url, fragment)


def fragment_names(fragment: str) -> tuple[str, ...]:
    """Return the names that an anchor may have to be the one meant; none if the top of the page is meant.

    A browser looks for the name as it stands, then for the decoded one. What follows ``:~:`` (a text to
    highlight) is for the browser and no anchor.
    """
    name = fragment.partition(":~:")[0]
    decoded = unquote(name, errors="replace")
    if decoded == "" or decoded.lower() == "top":
        return ()
    return (name, decoded)


def origin(url: str) -> str:
    """Return scheme and authority of a normal URL: ``http://host:port``, no slash at the end."""
    return url[: url.index("/", url.index("//") + 2)]


def host_key(url: str) -> str:
    """Return host and port of a normal URL, without the port if it is the scheme's own.

    ``http://host`` and ``https://host`` are one host: same machine to be gentle to, same site to crawl.
    """
    return origin(url).partition("//")[2].rpartition("@")[2]


def page_path(url: str, *, with_query: bool = True) -> str:
    """Return how a report calls the page at ``url``: its path from the site's root, no leading slash.

    A directory is called after the file that a server gives for it, so the start page is ``index.html``.
    """
    path, question_mark, query = url[len(origin(url)) + 1 :].partition("?")
    name = unquote(path, errors="replace")
    if path == "" or path.endswith("/"):
        name += "index.html"
    return name + question_mark + query if with_query else name


def _split_base(base: str) -> tuple[str, str, str, str | None]:
    scheme, _, rest = base.partition("://")
    rest, question_mark, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    return scheme, authority, slash + path, query if question_mark else None


def _normal_authority(authority: str, scheme: str) -> str:
    userinfo, at, host_and_port = authority.rpartition("@")
    host, colon, port = host_and_port.rpartition(":")
    if not colon or port.endswith("]"):  # no port, or the colon belongs to an IPv6 address
        host, port = host_and_port, ""
    if port:
        if not (port.isascii() and port.isdigit()) or int(port) > 0xFFFF:
            raise InvalidLink(f"port {port!r}")
        port = "" if int(port) == _DEFAULT_PORTS[scheme] else f":{int(port)}"
    return userinfo + at + _normal_host(host) + port


def _normal_host(host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        except ValueError:
            raise InvalidLink(f"host {host!r}") from None
    host = unquote(host, errors="replace").lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise InvalidLink(f"host {host!r}") from None
    if not host or _HOST_FORBIDDEN.search(host):
        raise InvalidLink(f"host {host!r}")
    return host


def _normal_path(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments, 1):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(_normal_percent(segment, _PATH_SAFE))
            continue
        if number == len(segments):
            kept.append("")  # "a/.." is the directory, so the slash stays
    return "/" + "/".join(kept)


def _normal_percent(text: str, safe: str) -> str:
    def one_spelling(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _PERCENT.sub(one_spelling, quote(text, safe=safe, errors="replace"))
