"""Bounded map: the workers are the bound, and every page has its outcome.

A thousand pages are processed, ten at a time; page 500 is broken.

Notice: ten tasks do it all, items are pulled as they are needed, and one failure costs one result.
Run: python -m examples bounded_map
Page: docs/patterns/backpressure/bounded-map.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import outcome
import trio

from trio_patterns.backpressure import bounded_map, bounded_outcomes

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


async def process_all(items: Iterable[int]) -> list[outcome.Outcome[str]]:
    return await bounded_outcomes(process, items, limit=10)


async def main() -> None:
    global pulled, most_in_flight, most_tasks, done, pulled_at_first_result
    pulled = most_in_flight = most_tasks = done = pulled_at_first_result = 0
    tasks_before = trio.lowlevel.current_statistics().tasks_living
    results = await process_all(pages())
    for result in results:
        if isinstance(result, outcome.Error):
            print(f"failed: {result.error}")
    print(f"in flight at most: {most_in_flight}")
    print(f"tasks alive at most: {most_tasks - tasks_before}")
    print(f"items pulled when the first result was there: {pulled_at_first_result}")
    print(f"results kept: {sum(isinstance(result, outcome.Value) for result in results)}")

    # All or nothing: the first failure ends the call, and no further page is started.
    pulled = 0
    try:
        await bounded_map(process, pages(), limit=10)
    except ValueError as error:
        print(f"all or nothing: {error}; in flight: {in_flight}, the last 400 pages pulled: {pulled > 600}")


if __name__ == "__main__":
    trio.run(main)
