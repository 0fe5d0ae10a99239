"""Batch after batch: each one lasts as long as its slowest page, and the other slots idle.

Nine pages are fetched, three at a time. Every third one takes 3 s, the others take half a second.

Notice: three slots need 9 s for 12 s of work, because the next batch waits for the slowest of this one.
Run: python -m examples busy_slots_broken
Page: docs/patterns/backpressure/bounded-map.md
"""

from __future__ import annotations

import trio

PAGES = range(9)
SLOTS = 3


def seconds(page: int) -> float:
    return 3.0 if page % 3 == 0 else 0.5


async def fetch(page: int) -> str:
    await trio.sleep(seconds(page))
    return f"page {page}"


async def fetch_all() -> list[str]:
    pages: dict[int, str] = {}

    async def fetch_into(page: int) -> None:
        pages[page] = await fetch(page)

    for first in range(0, len(PAGES), SLOTS):
        # BUG: nobody starts the next page before the slowest of this batch has come
        async with trio.open_nursery() as nursery:
            for page in PAGES[first : first + SLOTS]:
                nursery.start_soon(fetch_into, page, name=f"page {page}")
    return [pages[page] for page in PAGES]


async def main() -> None:
    start = trio.current_time()
    pages = await fetch_all()
    elapsed = trio.current_time() - start
    work = sum(seconds(page) for page in PAGES)
    print(f"{len(pages)} pages, {work:.1f} s of work on {SLOTS} slots, done at t={elapsed:.1f}")
    print(f"slots idle: {SLOTS * elapsed - work:.1f} s of {SLOTS * elapsed:.1f}")


if __name__ == "__main__":
    trio.run(main)
