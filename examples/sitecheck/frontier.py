"""The frontier: which URLs are known and not checked yet, and when there will be no more.

The end is the hard part. "The queue is empty" is not it, because a page that is being fetched may bring a
hundred new URLs. The crawl is over when the queue is empty *and* nothing is in flight; both are known here
and nowhere else.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import trio

__all__ = ["Frontier", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A URL to check."""

    url: str
    hops: int = 0
    """How many redirects in a row led here; the crawler stops at some number, as a browser does."""


class Frontier:
    """A queue that gives every URL out once. For one consumer; anybody may add."""

    def __init__(self) -> None:
        # It grows with the site, and that is its purpose: it is what makes "once" true. A crawler for the
        # whole web would keep it in the database.
        self._known: set[str] = set()
        # First in, first out, so the crawl goes by distance from the start page.
        self._queue: deque[Job] = deque()
        self._in_flight = 0
        self._finished = 0
        self._news = trio.Event()

    @property
    def known(self) -> int:
        """How many URLs have been added."""
        return len(self._known)

    @property
    def finished(self) -> int:
        """How many of them were checked."""
        return self._finished

    def add(self, url: str, hops: int = 0) -> None:
        """Add a URL, unless it is known."""
        if url not in self._known:
            self._known.add(url)
            self._queue.append(Job(url, hops))
            self._news.set()

    def add_finished(self, url: str) -> None:
        """Add a URL that an earlier run has checked. Before any `add`, which would queue it."""
        assert url not in self._known, url
        self._known.add(url)
        self._finished += 1

    async def take(self) -> Job | None:
        """Return the next job, in flight from now on, or None when everything known was checked."""
        while not self._queue:
            if self._in_flight == 0:
                await trio.lowlevel.checkpoint()
                return None
            self._news = trio.Event()
            await self._news.wait()
        # The checkpoint comes before the job leaves the queue: a cancellation must not take one with it.
        await trio.lowlevel.checkpoint()
        self._in_flight += 1
        return self._queue.popleft()

    def finish(self, job: Job) -> None:
        """Count a job as checked. Add what it has brought first: else the crawl may look finished here."""
        self._finished += 1
        self._leave()

    def give_back(self, job: Job) -> None:
        """Put a job that was not checked back to the front."""
        self._queue.appendleft(job)
        self._leave()

    def _leave(self) -> None:
        self._in_flight -= 1
        self._news.set()
