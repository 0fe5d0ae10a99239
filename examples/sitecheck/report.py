"""From visits to a verdict on every link.

Pure functions: the same visits give the same report, whether they were made in one run or in five.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .html_links import Link
from .site import Site
from .urls import fragment_names, is_web, page_path
from .visit import MAX_REDIRECTS, Visit

__all__ = ["Broken", "Report", "build_report", "find_reason", "printable"]

#: Stands for a reason that isn't known yet, because the run was interrupted.
UNKNOWN = "not checked yet"


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """One broken link."""

    page: str
    """The page it stands on: path from the site's root, no leading slash."""
    line: int
    link: str
    """As it is written in the page."""
    reason: str

    def __str__(self) -> str:
        # The form of a compiler's messages: editors and terminals make the place a link.
        return printable(f"{self.page}:{self.line}: {' '.join(self.link.split())}: {self.reason}")


@dataclass(slots=True)
class Report:
    """The result for a whole site."""

    pages: int = 0
    links: int = 0
    """Links that were checked: those in ``broken`` and those that are fine."""
    broken: list[Broken] = field(default_factory=list)
    """In the order of page and line."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Links that were not checked, by scheme; ``external`` are those to other hosts."""
    unknown: int = 0
    """Links to what an interrupted run did not come to."""

    def to_json(self) -> str:
        """Return the object that ``--json`` prints."""
        return json.dumps(
            {
                "pages": self.pages,
                "links": self.links,
                "broken": [
                    {"page": found.page, "line": found.line, "link": found.link, "reason": found.reason}
                    for found in self.broken
                ],
            },
            indent=2,
        )


def build_report(visits: Mapping[str, Visit], site: Site) -> Report:
    """Judge every link of every page.

    Anchors are the reason why this comes last and not during the crawl: a link to ``b.html#x`` can be judged
    only when ``b.html`` was read.
    """
    report = Report()
    for name, visit in _pages(visits.values()):
        assert visit.page is not None
        report.pages += 1
        for link in visit.page.links:
            _judge(report, visits, site, name, link)
    report.broken.sort()
    return report


def _pages(visits: Iterable[Visit]) -> Iterator[tuple[str, Visit]]:
    """Yield pages with their names; a file with several URLs (``/``, ``/index.html``) comes once."""
    seen: set[tuple[str, str]] = set()
    for visit in sorted(visits, key=lambda visit: (len(visit.url), visit.url)):
        if visit.page is not None:
            # The same bytes at the same path; at another path, its relative links would be other links.
            same = page_path(visit.url, with_query=False), visit.digest
            if same not in seen:
                seen.add(same)
                yield page_path(visit.url), visit


def _judge(report: Report, visits: Mapping[str, Visit], site: Site, page: str, link: Link) -> None:
    if link.url and not site.is_checked(link.url):
        report.skipped["external" if is_web(link.url) else link.url.rstrip(":")] += 1
        return
    reason = find_reason(visits, site, link.url, link.fragment)
    if reason == UNKNOWN:
        report.unknown += 1
        return
    report.links += 1
    if reason:
        report.broken.append(Broken(page, link.line, link.written, reason))


def find_reason(visits: Mapping[str, Visit], site: Site, url: str, fragment: str = "") -> str:
    """Return why a link is broken; empty if it isn't, `UNKNOWN` if that isn't known."""
    if not url:
        return "invalid link"
    chain: set[str] = set()
    visit: Visit | None = None
    while True:
        last, visit = visit, visits.get(url)
        if visit is None:
            # Either the crawl did not come here yet, or it did not want to: see `extend`.
            return "too many redirects" if last is not None and last.hops >= MAX_REDIRECTS else UNKNOWN
        if visit.redirect is None:
            break
        chain.add(url)
        url = visit.redirect.url
        # The redirect's own fragment wins over the link's, as in a browser.
        fragment = visit.redirect.fragment or fragment
        if url in chain:
            return "redirect loop"
        if len(chain) > MAX_REDIRECTS:
            return "too many redirects"
        if not is_web(url):
            return "bad redirect"  # a browser does not go from a page to "mailto:" or "javascript:" this way
        if not site.is_checked(url):
            return ""  # it leaves the site: as far as the site goes, the link works
    if visit.reason:
        return visit.reason
    # Only our own pages were read. Elsewhere, and in images and PDFs, a fragment is not ours to judge.
    names = fragment_names(fragment)
    if visit.page is not None and names and visit.page.anchors.isdisjoint(names):
        return "missing anchor"
    return ""


def printable(text: str) -> str:
    """Escape what a terminal would obey rather than show: the text comes from other people's pages."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
