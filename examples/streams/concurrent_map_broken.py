"""A task for each item: no bound, no order, and one failure takes every result with it.

Twenty pages are fetched, each in 0.1 to 2.0 s; page 7 fails after 1.0 s.

Notice: twenty requests at once, nine results that nobody can match to their page, and eleven pages are gone.
Run: python -m examples concurrent_map_broken
Page: docs/patterns/streams/concurrent-map.md
"""

from __future__ import annotations

import trio

running = most = 0
start = 0.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def fetch(page: int) -> int:
    global running, most
    running += 1
    most = max(most, running)
    try:
        await trio.sleep(0.1 + page * 7 % 20 / 10)  # 0.1 to 2.0 s, each page another time
        if page == 7:
            raise ConnectionError("page 7")
        return 3 + page * 31 % 97  # the size in kB
    finally:
        running -= 1


async def main() -> None:
    global most, start
    most, start = 0, trio.current_time()
    results: list[int] = []

    async def fetch_and_append(page: int) -> None:
        results.append(await fetch(page))  # BUG: in order of completion, without the page

    try:
        async with trio.open_nursery() as nursery:
            for page in range(20):
                nursery.start_soon(fetch_and_append, page)  # BUG: all at once, and one failure cancels all
    except* ConnectionError as group:
        say(f"failed: {group.exceptions[0]!r}")
    print(f"sizes, of which pages? {results}")
    print(f"{20 - len(results)} of 20 pages without a result, {most} requests at once")


if __name__ == "__main__":
    trio.run(main)
