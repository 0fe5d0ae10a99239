"""One worker, and a queue that is kept on disk for the next run."""

import trio
from trio.testing import MockClock
from trio_patterns.backpressure import RateLimiter
from trio_patterns.testing import cancel_sweep

from small_store import Page
from small_web import Web
from visiting import visit

# What outlives a run.
queue: list[str] = []
pages: dict[str, Page] = {}


async def crawl() -> None:
    web, rate = Web(pages=3), RateLimiter(60, per=1.0, burst=10)
    while queue:
        url = queue.pop(0)  # BUG: no longer here, and not yet there
        pages[url] = await visit(web, rate, url)
        for link in pages[url].links.split():
            if link not in pages and link not in queue:
                queue.append(link)


async def first_run() -> None:
    pages.clear()
    queue[:] = ["/"]
    await crawl()


def the_next_run_finishes() -> bool:
    trio.run(crawl, clock=MockClock(autojump_threshold=0))
    return sorted(pages) == Web(pages=3).urls


def test_nothing_is_lost() -> None:
    cancel_sweep(first_run, check=the_next_run_finishes)
