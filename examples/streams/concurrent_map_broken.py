"""A task for each item: no bound, no order, and one failure takes every result with it.

Twenty pages are fetched; page 7 fails at 0.7 s.

Notice: twenty requests at once, 14 results that nobody can match to their page, and six are gone.
Run: python -m examples concurrent_map_broken
Page: docs/patterns/streams/
"""

from __future__ import annotations

import trio

running = most = 0


async def fetch(page: int) -> str:
    global running, most
    running += 1
    most = max(most, running)
    try:
        await trio.sleep(page % 10 / 10 + page / 1000)
        if page == 7:
            raise ConnectionError("page 7")
        return "ok"
    finally:
        running -= 1


async def main() -> None:
    global most
    most = 0
    results: list[str] = []

    async def fetch_and_append(page: int) -> None:
        results.append(await fetch(page))  # BUG: in order of completion, without the page

    try:
        async with trio.open_nursery() as nursery:
            for page in range(20):
                nursery.start_soon(fetch_and_append, page)  # BUG: all at once, and one failure cancels all
    except* ConnectionError as group:
        print(f"failed: {group.exceptions[0]!r}")
    print(f"{most} requests at once, {len(results)} anonymous results: {results[:3]}...")


if __name__ == "__main__":
    trio.run(main)
