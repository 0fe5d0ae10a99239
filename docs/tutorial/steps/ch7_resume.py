"""After Ctrl-C, the same command goes on where the first run stopped."""

import logging
import signal
from collections import deque

import trio
from trio_patterns.backpressure import RateLimiter
from trio_patterns.shutdown import (
    CancellationToken,
    ShutdownReport,
    open_graceful_nursery,
)
from trio_patterns.spawning import open_join_set
from trio_patterns.streams import stream

from small_store import Page, SlowStore, Store
from small_web import Web
from visiting import visit

LIMIT = 10
# The stages of a shutdown are logged; here the report is printed instead.
logging.getLogger("trio_patterns").addHandler(logging.NullHandler())


async def restore(store: Store) -> tuple[deque[str], set[str]]:
    done = {page.url: page for page in await store.all().collect()}
    known = {"/", *(link for page in done.values() for link in page.links.split())}
    return deque(sorted(known - done.keys())), known


async def crawl(
    web: Web, store: Store, found: trio.MemorySendChannel[Page], token: CancellationToken
) -> None:
    frontier, known = await restore(store)
    rate = RateLimiter(60, per=1.0, burst=10)
    async with open_join_set() as visits:
        while True:
            while frontier and len(visits) < LIMIT and not token.cancelled:
                url = frontier.popleft()
                visits.spawn(visit, web, rate, url, name=url)
            task = await visits.join_next()
            if task is None:
                return
            page = task.result()
            await found.send(page)
            for link in page.links.split():
                if link not in known:
                    known.add(link)
                    frontier.append(link)


async def save_all(pages: trio.MemoryReceiveChannel[Page], store: Store) -> None:
    await stream(pages).chunks(10, within=0.5).for_each(store.save_many)


async def check_site(
    web: Web, store: Store, token: CancellationToken | None = None
) -> ShutdownReport:
    send, receive = trio.open_memory_channel[Page](10)
    async with trio.open_nursery() as outer:
        outer.start_soon(save_all, receive, store, name="saver")
        with send:
            async with open_graceful_nursery(grace_period=5, token=token) as nursery:
                nursery.start_soon(crawl, web, store, send, nursery.token, name="crawl")
    return nursery.report


async def report(store: SlowStore) -> None:
    pages = await store.all().collect()
    for page in pages:
        if page.verdict != "ok":
            print(f"{page.url} is {page.verdict}")
    print(f"{len(pages)} pages saved (transactions: {store.transactions})")


async def press_ctrl_c(web: Web) -> None:
    await trio.sleep(0.75)
    print(f"{web.requests} pages asked for, and Ctrl-C")
    signal.raise_signal(signal.SIGINT)


async def main() -> None:
    web, store = Web(gone=["/45"]), SlowStore()
    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(press_ctrl_c, web)
        end = await check_site(web, store)
    print(f"{end.reason}, {'all ended by themselves' if end.clean else 'cut off'}")
    await report(store)
    print(f"{trio.current_time() - start:.1f} s")

    print("the same command again")
    await check_site(web, store)
    await report(store)
    print(f"{web.requests} requests for {len(web.asked)} pages, in both runs together")


if __name__ == "__main__":
    trio.run(main)
