"""Every page is saved as soon as it is known."""

import trio
from trio_patterns.backpressure import RateLimiter
from trio_patterns.spawning import open_join_set

from small_store import SlowStore, Store
from small_web import Web
from visiting import visit


async def crawl(web: Web, store: Store) -> None:
    known = {"/"}
    rate = RateLimiter(60, per=1.0, burst=10)
    async with open_join_set(limit=10) as visits:
        visits.spawn(visit, web, rate, "/", name="/")
        async for task in visits:
            page = task.result()
            await store.save(page)  # BUG: a transaction for each
            for link in page.links.split():
                if link not in known:
                    known.add(link)
                    visits.spawn(visit, web, rate, link, name=link)


async def report(store: SlowStore) -> None:
    pages = await store.all().collect()
    for page in pages:
        if page.verdict != "ok":
            print(f"{page.url} is {page.verdict}")
    print(f"{len(pages)} pages saved (transactions: {store.transactions})")


async def main() -> None:
    web, store = Web(gone=["/45"]), SlowStore()
    start = trio.current_time()
    await crawl(web, store)
    await report(store)
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
