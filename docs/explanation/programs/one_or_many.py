"""What the caller gets when one task of three fails, and when another fails while it is being cancelled."""

from collections.abc import Awaitable, Callable

import trio

from trio_patterns.backpressure import bounded_map
from trio_patterns.spawning import gather

Fetch = Callable[[str], Awaitable[str]]


async def one_fails(page: str) -> str:
    await trio.sleep({"a": 0.5, "b": 1, "c": 2}[page])
    if page == "b":
        raise OSError("b is broken")
    return page


async def two_fail(page: str) -> str:
    try:
        return await one_fails(page)
    except trio.Cancelled:
        raise OSError(f"{page} could not be closed") from None


async def by_nursery(fetch: Fetch) -> None:
    async with trio.open_nursery() as nursery:
        for page in "abc":
            nursery.start_soon(fetch, page)


async def by_gather(fetch: Fetch) -> None:
    await gather(lambda: fetch("a"), lambda: fetch("b"), lambda: fetch("c"))


async def by_bounded_map(fetch: Fetch) -> None:
    await bounded_map(fetch, "abc", limit=3)


async def main() -> None:
    for fetch in (one_fails, two_fail):
        for way in (by_nursery, by_gather, by_bounded_map):
            try:
                await way(fetch)
            except ExceptionGroup as group:
                arrived = f"a group of {len(group.exceptions)}"
            except OSError as error:
                arrived = repr(error)
            print(f"{fetch.__name__:9} {way.__name__:14} -> {arrived}")


if __name__ == "__main__":
    trio.run(main)
