import trio

from trio_patterns.spawning import JoinSet, open_join_set


async def crawl(pages: JoinSet, url: str) -> str:
    await trio.sleep(1)
    if url == "/":
        pages.spawn(crawl, pages, "/about")  # a task may start more of them
    return url


async def main() -> None:
    async with open_join_set(limit=4) as pages:
        pages.spawn(crawl, pages, "/")
        first = await pages.join_next()
        assert first is not None and first.result() == "/"
        assert len(pages) == 1  # still to come
        assert await pages.join_all() == ["/about"]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
