"""What was found, saved in batches into a SQLite file, so that an interrupted run can go on.

The entities know SQL as little as the rest of the program does: they are dataclasses, and a `Repository`
keeps them. The tests put an `InMemoryRepository` in its place, and PostgreSQL would be another URL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
import trio

from trio_patterns.streams import stream
from trio_patterns.traits import Repository, open_sql_repository

from .errors import CannotCheck
from .html_links import Link, Page
from .urls import Target
from .visit import Visit

__all__ = ["BATCH_SECONDS", "BATCH_SIZE", "Run", "Store", "VisitRow", "open_saver", "open_store"]

#: A batch is one transaction, and a transaction waits for the disk: so not one for each page. And not more
#: than this many seconds late, because that is what a power cut costs.
BATCH_SIZE, BATCH_SECONDS = 50, 0.5

#: Seconds that the last batch may take when everything else has ended already.
LAST_SAVE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """A check of a site, from its first page to its last, with as many interruptions as it takes."""

    site: str
    number: int
    """Rows of visits that carry another number are from an earlier run, and as good as gone."""
    finished: bool


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A `Visit` in columns. What has structure is JSON: nobody asks the database for single links."""

    url: str
    run: int
    status: int
    reason: str
    hops: int
    redirect: str
    links: str
    anchors: str
    digest: str


class Store:
    """The visits of one run. Open one with `open_store`."""

    def __init__(
        self, runs: Repository[str, Run], visits: Repository[str, VisitRow], site: str, origin: str
    ) -> None:
        self._runs = runs
        self._visits = visits
        self._site = site
        # URLs of the site itself are saved without it: a folder is served on another port in every run, and
        # the pages are the same.
        self._origin = origin
        self._number = 0

    async def begin(self, *, fresh: bool = False) -> bool:
        """Begin a run, or go on with an unfinished one unless ``fresh``; tell whether it is the latter."""
        last = await self._runs.find_by_id(self._site)
        if last is not None and not last.finished and not fresh:
            self._number = last.number
            return True
        # Old rows stay until the new run is finished. Nothing is gained by emptying the table first, and
        # whoever interrupts the new run at once would have lost the old one for nothing.
        self._number = last.number + 1 if last is not None else 1
        await self._runs.save(Run(self._site, self._number, finished=False))
        return False

    async def save(self, batch: Sequence[Visit]) -> None:
        """Save visits: all of them, or none."""
        await self._visits.save_many([self._to_row(visit) for visit in batch])

    async def load(self) -> dict[str, Visit]:
        """Return the visits of the run by their URLs."""
        mine = self._visits.all().filter(lambda row: row.run == self._number)
        return {visit.url: visit for visit in await mine.map(self._from_row).collect()}

    async def finish(self) -> None:
        """Note that the run is complete, and drop what is left of earlier ones."""
        await self._runs.save(Run(self._site, self._number, finished=True))
        old = self._visits.all().filter(lambda row: row.run != self._number)
        await old.for_each(self._drop)

    async def _drop(self, row: VisitRow) -> None:
        await self._visits.delete(row.url)

    def _to_row(self, visit: Visit) -> VisitRow:
        redirect = visit.redirect
        page = visit.page
        return VisitRow(
            url=self._short(visit.url),
            run=self._number,
            status=visit.status,
            reason=visit.reason,
            hops=visit.hops,
            redirect=_dump([self._short(redirect.url), redirect.fragment] if redirect else None),
            links=_dump(
                [[link.line, link.written, self._short(link.url), link.fragment] for link in page.links]
                if page
                else None
            ),
            anchors=_dump(sorted(page.anchors) if page else []),
            digest=visit.digest,
        )

    def _from_row(self, row: VisitRow) -> Visit:
        redirect = json.loads(row.redirect)
        links = json.loads(row.links)
        page = None
        if links is not None:
            page = Page(
                tuple(
                    Link(line, written, self._long(url), fragment) for line, written, url, fragment in links
                ),
                frozenset(json.loads(row.anchors)),
            )
        return Visit(
            url=self._long(row.url),
            status=row.status,
            reason=row.reason,
            hops=row.hops,
            redirect=Target(self._long(redirect[0]), redirect[1]) if redirect else None,
            page=page,
            digest=row.digest,
        )

    def _short(self, url: str) -> str:
        return url[len(self._origin) :] if url.startswith(self._origin + "/") else url

    def _long(self, url: str) -> str:
        return self._origin + url if url.startswith("/") else url


def _dump(value: Any) -> str:
    # ASCII, with everything else escaped: a page may hold what no database accepts as text, a NUL for
    # example.
    return json.dumps(value, separators=(",", ":"))


@asynccontextmanager
async def open_store(database: Path, site: str, origin: str) -> AsyncGenerator[Store]:
    """Open the file, which is made if it isn't there, and the part of it that belongs to ``site``.

    Raises:
      Unavailable: if it can't be opened, or is no database.
      CannotCheck: if it has tables of these names that are not ours.
    """
    # An object and not "sqlite:///...": the file may have a "?" in its name.
    url = sqlalchemy.URL.create("sqlite", database=str(database))
    # A table for each site: several can share a file, and none has to read through the others' rows.
    table = "sitecheck_visits_" + hashlib.sha256(site.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    async with AsyncExitStack() as stack:
        try:
            runs = await stack.enter_async_context(
                open_sql_repository(url, Run, key="site", table="sitecheck_runs", pool_size=1)
            )
            visits = await stack.enter_async_context(
                open_sql_repository(url, VisitRow, key="url", table=table, pool_size=1)
            )
        except ValueError as exc:
            raise CannotCheck(
                f"{database} is of another version, or not ours (choose another --db): {exc}"
            ) from exc
        yield Store(runs, visits, site, origin)


@asynccontextmanager
async def open_saver(store: Store) -> AsyncGenerator[trio.MemorySendChannel[Visit]]:
    """Give a channel; what is sent into it is saved in batches, also if the block is left by an exception.

    The channel is bounded, so a disk that can't keep up slows the crawl down rather than filling the memory.
    """
    send, receive = trio.open_memory_channel[Visit](BATCH_SIZE)
    # Whatever ends the block (a failure, a cancellation, Ctrl-C at a bad moment), visits that are in the
    # channel are work done, and saving them takes a moment. So the saver ends with its channel and not with
    # its surroundings; the deadline, set below, keeps a stuck disk from holding up the end for ever.
    scope = trio.CancelScope(shield=True)

    async def save_all() -> None:
        with scope:
            await stream(receive).chunks(BATCH_SIZE, within=BATCH_SECONDS).for_each(store.save)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(save_all)
        try:
            yield send
        finally:
            send.close()
            scope.deadline = trio.current_time() + LAST_SAVE_SECONDS
