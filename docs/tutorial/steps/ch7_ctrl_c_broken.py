"""Ctrl-C in the middle."""

import signal

import trio
from trio_patterns.backpressure import RateLimiter
from trio_patterns.spawning import open_join_set
from trio_patterns.streams import stream

from small_store import Page, SlowStore, Store
from small_web import Web
from visiting import visit


async def crawl(web: Web, found: trio.MemorySendChannel[Page]) -> None:
    known = {"/"}
    rate = RateLimiter(60, per=1.0, burst=10)
    async with open_join_set(limit=10) as visits:
        visits.spawn(visit, web, rate, "/", name="/")
        async for task in visits:
            page = task.result()
            await found.send(page)
            for link in page.links.split():
                if link not in known:
                    known.add(link)
                    visits.spawn(visit, web, rate, link, name=link)


async def save_all(pages: trio.MemoryReceiveChannel[Page], store: Store) -> None:
    await stream(pages).chunks(10, within=0.5).for_each(store.save_many)


async def check_site(web: Web, store: Store) -> None:
    send, receive = trio.open_memory_channel[Page](10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(save_all, receive, store, name="saver")
        with send:
            await crawl(web, send)


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
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(press_ctrl_c, web)
            await check_site(web, store)  # BUG: nobody is told, everybody is cut off
    except* KeyboardInterrupt:
        await report(store)


if __name__ == "__main__":
    trio.run(main)
