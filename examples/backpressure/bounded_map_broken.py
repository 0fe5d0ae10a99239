"""A semaphore is not enough: the work is bounded, the tasks are not, and one failure loses all.

A thousand pages are processed, ten at a time; page 500 is broken.

Notice: all 1000 items are pulled and 1000 tasks live before the first result, and in the end there is none.
Run: python -m examples bounded_map_broken
Page: docs/patterns/backpressure/bounded-map.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import trio

pulled = in_flight = most_in_flight = most_tasks = done = pulled_at_first_result = 0


def pages() -> Iterator[int]:
    global pulled
    for page in range(1000):
        pulled += 1
        yield page


async def process(page: int) -> str:
    global in_flight, most_in_flight, most_tasks, done, pulled_at_first_result
    in_flight += 1
    most_in_flight = max(most_in_flight, in_flight)
    most_tasks = max(most_tasks, trio.lowlevel.current_statistics().tasks_living)
    try:
        await trio.sleep(0.01)
        pulled_at_first_result = pulled_at_first_result or pulled
        if page == 500:
            raise ValueError("page 500 is broken")
        done += 1
        return f"page {page}"
    finally:
        in_flight -= 1


async def process_all(items: Iterable[int]) -> list[str]:
    semaphore = trio.Semaphore(10)
    results: dict[int, str] = {}

    async def one(item: int) -> None:
        async with semaphore:
            results[item] = await process(item)

    async with trio.open_nursery() as nursery:
        for item in items:
            nursery.start_soon(one, item)  # BUG: a task for each item, whatever the semaphore says
    return [results[item] for item in sorted(results)]


async def main() -> None:
    global pulled, most_in_flight, most_tasks, done, pulled_at_first_result
    pulled = most_in_flight = most_tasks = done = pulled_at_first_result = 0
    tasks_before = trio.lowlevel.current_statistics().tasks_living
    results: list[str] = []
    try:
        results = await process_all(pages())
    except* ValueError as group:
        print(f"failed: {group.exceptions[0]}")
    print(f"in flight at most: {most_in_flight}")
    print(f"tasks alive at most: {most_tasks - tasks_before}")
    print(f"items pulled when the first result was there: {pulled_at_first_result}")
    print(f"results kept: {len(results)}")


if __name__ == "__main__":
    trio.run(main)
