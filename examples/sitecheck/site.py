"""Which URLs belong to the site: those are read for links, everything else is at most looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .urls import host_key, is_web, origin
from .visit import Visit

__all__ = ["Site"]


@dataclass(slots=True)
class Site:
    """A start page and the host it is on.

    Staying on the host, rather than below the start page's directory, is what makes a link from ``/docs/`` to
    ``/`` an internal one. ``http`` and ``https`` are not told apart.
    """

    start: str
    """The normal URL of the start page."""
    external: bool = False
    """Whether links to other hosts are checked too (they are never read for links)."""
    hosts: set[str] = field(default_factory=set)
    _start_chain: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hosts.add(host_key(self.start))
        self._start_chain.add(self.start)

    @property
    def origin(self) -> str:
        """Scheme and host of the start page."""
        return origin(self.start)

    def is_internal(self, url: str) -> bool:
        """Tell whether what is found at ``url`` is a page of this site."""
        return host_key(url) in self.hosts

    def is_checked(self, url: str) -> bool:
        """Tell whether a link to ``url`` is followed at all."""
        return is_web(url) and (self.external or self.is_internal(url))

    def learn(self, visit: Visit) -> None:
        """See where the start page redirects to: if ``a.test`` is really ``www.a.test``, that is the site."""
        if visit.url in self._start_chain and visit.redirect is not None and is_web(visit.redirect.url):
            self._start_chain.add(visit.redirect.url)
            self.hosts.add(host_key(visit.redirect.url))

    def learn_all(self, visits: Mapping[str, Visit]) -> None:
        """The same from the visits of an earlier run, in whatever order they come."""
        url: str | None = self.start
        seen: set[str] = set()
        while url is not None and url in visits and url not in seen:
            seen.add(url)
            self.learn(visits[url])
            redirect = visits[url].redirect
            url = redirect.url if redirect is not None else None
