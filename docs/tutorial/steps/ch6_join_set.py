"""A set of visits that grows while it is emptied."""

import trio
from trio_patterns.backpressure import RateLimiter
from trio_patterns.spawning import open_join_set

from small_store import Page
from small_web import Web
from visiting import visit


async def crawl(web: Web) -> list[Page]:
    pages = []
    known = {"/"}
    rate = RateLimiter(60, per=1.0, burst=10)
    async with open_join_set(limit=10) as visits:
        visits.spawn(visit, web, rate, "/", name="/")
        async for task in visits:
            page = task.result()
            pages.append(page)
            for link in page.links.split():
                if link not in known:
                    known.add(link)
                    visits.spawn(visit, web, rate, link, name=link)
    return pages


async def main() -> None:
    web = Web(gone=["/45"])
    start = trio.current_time()
    for page in sorted(await crawl(web), key=lambda page: page.url):
        if page.verdict != "ok":
            print(f"{page.url} is {page.verdict}")
    print(f"{len(web.asked)} pages, {web.requests} requests, at most {web.peak} at once")
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
