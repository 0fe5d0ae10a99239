"""Getting an answer for a URL, as the crawler sees it: a protocol, and what goes in and out.

The crawler knows this file only, so its tests run on a dictionary. The real thing is in ``http_fetcher``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Answer", "Counts", "Fetcher", "NoAnswer", "ShuttingDown", "is_html"]

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


class NoAnswer(Exception):  # noqa: N818 - a name for what happened
    """No attempt brought an answer; ``reason`` is what the report will say."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ShuttingDown(Exception):  # noqa: N818
    """The program is about to stop, so this request was not made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, as far as a link checker wants to know."""

    status: int
    location: str | None = None
    """Where a redirect leads, as the server wrote it."""
    content_type: str = ""
    """In lower case and without parameters."""
    charset: str | None = None
    body: bytes | None = None
    """The whole body if it is a page; else None."""
    retry_after: float | None = None
    """Seconds that the server wants us to wait."""


@dataclass(slots=True)
class Counts:
    """How much work the answers took. For the summary, and for tests that count requests on both sides."""

    requests: int = 0
    retries: int = 0


class Fetcher(Protocol):
    """Gets the answer for a URL. What stands behind it (network, dictionary) is nobody's business."""

    async def fetch(self, url: str, *, as_page: bool) -> Answer:
        """Return the final answer, with the body if ``as_page`` and it is HTML.

        Raises:
          NoAnswer: if there was none, after all attempts.
          ShuttingDown: if the program is stopping and the request was therefore not made.
        """
        ...


def is_html(content_type: str) -> bool:
    """Tell whether a document of this type is read for links."""
    return content_type in HTML_TYPES
