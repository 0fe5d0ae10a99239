"""Map with a limit: five at once, results in order, failures as values where you want them.

Twenty pages are fetched, each in 0.1 to 2.0 s; page 7 fails after 1.0 s.

Notice: never more than five requests; in order the failure comes after pages 0 to 6; as values all arrive.
Run: python -m examples concurrent_map
Page: docs/patterns/streams/concurrent-map.md
"""

from __future__ import annotations

import outcome
import trio

from trio_patterns.streams import stream

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


async def fetch_with_number(page: int) -> tuple[int, int]:
    return page, await fetch(page)


async def main() -> None:
    global most, start
    most = 0

    start = trio.current_time()
    try:
        # In order, so the n-th result is that of page n.
        async with stream(range(20)).map(fetch, limit=5).enumerate().open() as results:
            async for page, size in results:
                say(f"page {page}: {size} kB")
    except ConnectionError as error:
        say(f"{error!r}")

    # The failure takes the place of the result, and the stream goes on.
    start = trio.current_time()
    outcomes = await stream(range(20)).map(fetch, limit=5).outcomes().collect()
    failed = [page for page, result in enumerate(outcomes) if isinstance(result, outcome.Error)]
    say(f"as values: {len(outcomes)} outcomes, failed: {failed}")

    # As they come: keep the input beside the result, or nobody knows whose it is.
    start = trio.current_time()
    as_they_come = stream(range(5)).map(fetch_with_number, limit=5, ordered=False)
    await as_they_come.for_each(lambda result: say(f"as they come: page {result[0]}, {result[1]} kB"))
    print(f"{most} requests at once at most")


if __name__ == "__main__":
    trio.run(main)
