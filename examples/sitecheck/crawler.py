"""The crawl: workers between the frontier, which knows what to do, and the channel that takes what was found.

One coordinator (`Crawler.run`) takes URLs from the frontier and hands them to a pool of workers. The pool has
no buffer, so `submit` waits until a worker is free: that is all the concurrency control there is, and the
reason why the end is simple. When the token is cancelled the coordinator stops taking, leaving the pool waits
for the requests that are on their way, and what was never handed out is still in the frontier.
"""

from __future__ import annotations

import hashlib
import os

import trio

from trio_patterns.backpressure import open_worker_pool
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import offload

from .errors import SiteDown
from .fetcher import Answer, Fetcher, NoAnswer, ShuttingDown, is_html
from .frontier import Frontier, Job
from .html_links import Page, parse_page
from .site import Site
from .urls import InvalidLink, Target, resolve
from .visit import MAX_REDIRECTS, Visit

__all__ = ["Crawler", "extend", "reason_for"]

_STOPPED = Job("")


class Crawler:
    """Checks everything in the frontier and everything that it leads to.

    Args:
      site: What belongs to the site.
      frontier: What to check; it grows.
      fetcher: Who asks.
      found: Where every visit is sent. Not closed.
      token: No new URL is taken once it is cancelled.
      limit: How many URLs are checked at once.
    """

    def __init__(
        self,
        site: Site,
        frontier: Frontier,
        fetcher: Fetcher,
        found: trio.MemorySendChannel[Visit],
        token: CancellationToken,
        *,
        limit: int,
    ) -> None:
        self._site = site
        self._frontier = frontier
        self._fetcher = fetcher
        self._found = found
        self._token = token
        self._limit = limit
        # Parsing is the only heavy thing here, and it happens in threads, so that answers are read and clocks
        # are kept meanwhile. More threads than processors would only fight over the interpreter lock.
        self._parsers = trio.CapacityLimiter(os.cpu_count() or 1)
        self._answered = False
        self.complete = False
        """Whether `run` came to the end of the frontier."""

    async def run(self) -> None:
        """Crawl until nothing is left, or the token is cancelled; then wait for what is in flight.

        Raises:
          SiteDown: if the first thing that the site says is nothing at all.
        """
        async with open_worker_pool(self._work, workers=self._limit, buffer=0) as pool:
            while True:
                job = await self._token.run_until_cancelled(self._frontier.take, default=_STOPPED)
                if job is None:
                    self.complete = True
                    break
                if job is _STOPPED:
                    break
                await pool.submit(job)

    async def _work(self, job: Job) -> None:
        try:
            if self._token.cancelled:  # while the job waited for a worker
                raise ShuttingDown
            visit = await self._visit(job)
        except ShuttingDown:
            self._frontier.give_back(job)
            return
        # Saving comes first: a URL that counts as finished and was not saved would be lost for the next run.
        # (The other way round it would be checked twice, and that is the lesser evil.)
        await self._found.send(visit)
        self._extend(visit)
        self._frontier.finish(job)

    async def _visit(self, job: Job) -> Visit:
        internal = self._site.is_internal(job.url)
        try:
            answer = await self._fetcher.fetch(job.url, as_page=internal)
        except NoAnswer as exc:
            if internal and not self._answered and exc.reason == "connection failed":
                # A dead port is a mistake in the command line, not a site full of broken links. And if the
                # site died between two runs, its unchecked pages must stay unchecked.
                raise SiteDown(job.url, exc.detail) from exc
            return Visit(job.url, reason=exc.reason, hops=job.hops)
        if internal:
            self._answered = True
        if answer.location is not None:
            return self._redirect(job, answer, answer.location)
        reason = reason_for(answer.status)
        page: Page | None = None
        digest = ""
        if internal and answer.body is not None and not reason and is_html(answer.content_type):
            page = await offload(parse_page, answer.body, job.url, answer.charset, limiter=self._parsers)
            digest = hashlib.sha256(answer.body).hexdigest()[:32]
        return Visit(job.url, answer.status, reason, job.hops, None, page, digest)

    def _redirect(self, job: Job, answer: Answer, location: str) -> Visit:
        try:
            target = resolve(job.url, location)
        except InvalidLink:
            return Visit(job.url, answer.status, "bad redirect", job.hops)
        return Visit(job.url, answer.status, "", job.hops, target)

    def _extend(self, visit: Visit) -> None:
        self._site.learn(visit)
        extend(self._frontier, self._site, visit)


def extend(frontier: Frontier, site: Site, visit: Visit) -> None:
    """Add what ``visit`` leads to."""
    if visit.redirect is not None:
        # A server that makes up a new redirect for every one that is followed must not keep us for ever.
        if visit.hops < MAX_REDIRECTS:
            _add(frontier, site, visit.redirect, visit.hops + 1)
    elif visit.page is not None:
        for link in visit.page.links:
            _add(frontier, site, Target(link.url, link.fragment), 0)


def _add(frontier: Frontier, site: Site, target: Target, hops: int) -> None:
    if site.is_checked(target.url):
        frontier.add(target.url, hops)


def reason_for(status: int) -> str:
    """Return why a link to an answer with this status is broken; empty if it isn't."""
    if 200 <= status < 300:
        return ""
    if status in (404, 410):
        return "not found"
    if status in (401, 403):
        return "forbidden"
    if status == 429:
        return "too many requests"
    if status >= 500:
        return "server error"
    if 300 <= status < 400:
        return "bad redirect"  # without a place to go to
    return "client error"
