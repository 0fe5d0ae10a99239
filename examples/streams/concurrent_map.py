"""Map with a limit: five at once, results in order, failures as values where you want them.

Twenty pages are fetched; page 7 fails at 0.7 s.

Notice: never more than five requests; in order the failure comes after pages 0 to 6; as values all arrive.
Run: python -m examples concurrent_map
Page: docs/patterns/streams/
"""

from __future__ import annotations

import trio

from trio_patterns.streams import stream

running = most = 0


async def fetch(page: int) -> str:
    global running, most
    running += 1
    most = max(most, running)
    try:
        await trio.sleep(page % 10 / 10 + page / 1000)
        if page == 7:
            raise ConnectionError("page 7")
        return f"page {page}"
    finally:
        running -= 1


async def fetch_with_number(page: int) -> tuple[int, str]:
    return page, await fetch(page)


async def main() -> None:
    global most
    most = 0

    seen: list[str] = []
    try:
        await stream(range(20)).map(fetch, limit=5).for_each(seen.append)
    except ConnectionError as error:
        print(f"in order: {len(seen)} pages up to {seen[-1]!r}, then {error!r}")

    # The failure takes the place of the result, and the stream goes on.
    outcomes = await stream(range(20)).map(fetch, limit=5).outcomes().collect()
    failed = [page for page, outcome in enumerate(outcomes) if hasattr(outcome, "error")]
    print(f"as values: {len(outcomes)} outcomes, failed: {failed}")

    # As they come: keep the input beside the result, or nobody knows whose it is.
    first = await stream([9, 8, 1, 5]).map(fetch_with_number, limit=5, ordered=False).collect()
    print(f"as they come: {[page for page, _ in first]}")
    print(f"{most} requests at once at most")


if __name__ == "__main__":
    trio.run(main)
