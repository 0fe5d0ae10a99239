"""How the parts are put together, and in which order they stop.

The nesting of the ``async with`` blocks in `check_site` *is* the shutdown order, from the inside out::

    crawl        told to stop by a signal; has the grace period, is then cut off   (open_graceful_nursery)
    saver        gets what the crawl has sent, saves it, ends with its channel     (open_saver)
    connections  closed when nobody uses them any more                             (open_http_fetcher)
    database     closed when everything is saved, and read back for the report     (open_store)
    site server  answers as long as anybody could ask                              (open_site_server)

Only the crawl is told of a signal. Everything further out ends because what it served has ended.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import trio

from trio_patterns.shutdown import CancellationToken, ShutdownReport, open_graceful_nursery
from trio_patterns.spawning import offload

from .crawler import Crawler, extend
from .errors import CannotCheck
from .fetcher import Counts
from .frontier import Frontier
from .http_fetcher import open_http_fetcher
from .progress import Display, Nothing, show_progress
from .report import Report, build_report, find_reason
from .site import Site
from .site_server import open_site_server
from .store import Store, open_saver, open_store
from .urls import InvalidLink, is_web, origin, resolve
from .visit import Visit

__all__ = ["Options", "Result", "check_site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to check and how; the command line in a dataclass."""

    site: str
    """A folder, or an ``http`` or ``https`` URL."""
    database: Path
    start: str = ""
    limit: int = 10
    rate: float | None = None
    timeout: float = 10.0
    attempts: int = 4
    grace: float = 5.0
    external: bool = False
    fresh: bool = False

    @property
    def is_url(self) -> bool:
        """Whether the site is on the web already."""
        return is_web(self.site.lower())


@dataclass(slots=True)
class Result:
    """What a run has come to."""

    report: Report
    site: Site
    counts: Counts
    shutdown: ShutdownReport
    complete: bool
    """Whether everything was checked; else the next run goes on."""
    resumed: bool
    checked_before: int
    """URLs that an earlier, interrupted run had checked already."""
    checked: int
    """URLs checked in this run. Each URL of the site is in exactly one of the three numbers."""
    unchecked: int
    """URLs that are known and still to be checked."""
    seconds: float


@asynccontextmanager
async def _open_site(options: Options) -> AsyncGenerator[tuple[Site, str]]:
    """Give the site, served if it is a folder, and the name under which its results are kept."""
    if options.is_url:
        try:
            start = resolve(options.site, options.site).url
            start = resolve(start, options.start).url if options.start else start
        except InvalidLink as exc:
            raise CannotCheck(f"{options.site} is no URL: invalid {exc}") from None
        if "@" in origin(start):
            # They would be in the database, and in every message; and links back to the site don't have them.
            raise CannotCheck("a URL with a user name or password in it can't be checked")
        yield Site(start, options.external), start
        return
    folder = await offload(_folder, options.site)
    async with open_site_server(folder) as address:
        start = resolve(f"{address}/", quote(options.start.lstrip("/"), safe="/?=&%")).url
        name = f"{folder} {options.start}".encode("utf-8", "backslashreplace").decode()
        yield Site(start, options.external), name


def _folder(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise CannotCheck(f"{name}: {what}; give a folder, or a URL with http:// or https://")
    return folder.resolve()


async def check_site(options: Options, display: Display | None = None) -> Result:
    """Check a site, or the rest of it if the last run was interrupted.

    Raises:
      CannotCheck: if there is no such folder, nobody answers, or the start page can't be read.
      Unavailable: if results can't be saved.

    All of them may come in exception groups, one for each nursery on the way out.
    """
    started = trio.current_time()
    counts = Counts()
    frontier = Frontier()
    token = CancellationToken()
    async with _open_site(options) as (site, name), open_store(options.database, name, site.origin) as store:
        resumed = await store.begin(fresh=options.fresh)
        checked_before = await _fill(frontier, site, store) if resumed else 0
        frontier.add(site.start)
        async with (
            open_http_fetcher(
                token,
                connections=options.limit,
                rate=options.rate,
                timeout=options.timeout,
                attempts=options.attempts,
                counts=counts,
            ) as fetcher,
            open_saver(store) as found,
            show_progress(display or Nothing(), frontier, counts),
        ):
            crawler = Crawler(site, frontier, fetcher, found, token, limit=options.limit)
            async with open_graceful_nursery(grace_period=options.grace, token=token) as nursery:
                nursery.start_soon(crawler.run)
        if crawler.complete:
            await store.finish()
        visits = await store.load()
    if crawler.complete:
        _check_start(visits, site, options)
    return Result(
        report=build_report(visits, site),
        site=site,
        counts=counts,
        shutdown=nursery.report,
        complete=crawler.complete,
        resumed=resumed,
        checked_before=checked_before,
        checked=frontier.finished - checked_before,
        unchecked=frontier.known - frontier.finished,
        seconds=trio.current_time() - started,
    )


async def _fill(frontier: Frontier, site: Site, store: Store) -> int:
    """Rebuild the frontier from what an earlier run has saved; return how many URLs that were."""
    visits = await store.load()
    site.learn_all(visits)
    for url in visits:
        frontier.add_finished(url)
    for visit in visits.values():
        extend(frontier, site, visit)
    return len(visits)


def _check_start(visits: dict[str, Visit], site: Site, options: Options) -> None:
    """Refuse to call a site fine whose first page could not be read."""
    reason = find_reason(visits, site, site.start)
    if not reason and not any(visit.page for visit in visits.values()):
        reason = "not an HTML page"
    if reason:
        where = f"{options.site}: the start page" if options.start or options.is_url else options.site
        hint = ""
        if not options.is_url and reason == "not found":
            where = f"{options.site}: {options.start or 'index.html'}"
            hint = " (name the start page with --start)"
        raise CannotCheck(f"{where}: {reason}{hint}")
