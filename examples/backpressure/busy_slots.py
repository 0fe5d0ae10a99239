"""A bounded map keeps its slots busy: whoever is done takes the next page.

Nine pages are fetched, three at a time. Every third one takes 3 s, the others take half a second.

Notice: the same three slots and the same 12 s of work are done at half the time.
Run: python -m examples busy_slots
Page: docs/patterns/backpressure/bounded-map.md
"""

from __future__ import annotations

import trio

from trio_patterns.backpressure import bounded_map

PAGES = range(9)
SLOTS = 3


def seconds(page: int) -> float:
    return 3.0 if page % 3 == 0 else 0.5


async def fetch(page: int) -> str:
    await trio.sleep(seconds(page))
    return f"page {page}"


async def fetch_all() -> list[str]:
    return await bounded_map(fetch, PAGES, limit=SLOTS)


async def main() -> None:
    start = trio.current_time()
    pages = await fetch_all()
    elapsed = trio.current_time() - start
    work = sum(seconds(page) for page in PAGES)
    print(f"{len(pages)} pages, {work:.1f} s of work on {SLOTS} slots, done at t={elapsed:.1f}")
    print(f"slots idle: {SLOTS * elapsed - work:.1f} s of {SLOTS * elapsed:.1f}")


if __name__ == "__main__":
    trio.run(main)
