"""What one request has found out: the fact that crawler, store and report pass around."""

from __future__ import annotations

from dataclasses import dataclass

from .html_links import Page
from .urls import Target

__all__ = ["MAX_REDIRECTS", "Visit"]

#: Redirects in a row that are followed, as in browsers.
MAX_REDIRECTS = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """The result of checking one URL. Every URL has one, so everything else can be computed from these alone.

    That is why a redirect is not followed inside a request: it is a fact about *this* URL, and where it leads
    is another URL with a visit of its own. Two links through the same redirect cost nothing more, an
    interrupted chain goes on where it stopped, and a loop is a loop in the data, not in the program.
    """

    url: str
    status: int = 0
    """The HTTP status; 0 if there was no answer."""
    reason: str = ""
    """Why a link to here is broken, in a word or two; empty if it is not."""
    hops: int = 0
    """How many redirects in a row led here."""
    redirect: Target | None = None
    page: Page | None = None
    """The links and anchors, if it is a page of the site."""
    digest: str = ""
    """A digest of the page's bytes: the same file under two URLs is one page in the report."""
