"""The answer that never comes.

Ten requests want the same page, and the page costs 5 s.
So the first one loads it, and the other ones wait for that.
Ann comes first, Bob one second later; at 2 s Ann gives up.

Mend `Cache.get`: while a page is being loaded nobody else loads it.
Whoever waits gets the page, or an error, whatever happens to the one who loads: it may be cancelled, and it
may fail.
A failed page is not kept: the next one who asks tries again.

Before you run it: when does Bob get the page?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


class Cache:
    def __init__(self, load: Callable[[str], Awaitable[str]]) -> None:
        self._load = load
        self._pages: dict[str, str] = {}
        self._loading: dict[str, trio.Event] = {}

    async def get(self, name: str) -> str:
        if name in self._pages:
            return self._pages[name]
        if name in self._loading:
            await self._loading[name].wait()
            return self._pages[name]
        self._loading[name] = trio.Event()
        self._pages[name] = await self._load(name)
        self._loading.pop(name).set()
        return self._pages[name]


async def main() -> None:
    async def load(name: str) -> str:
        await trio.sleep(5)
        return f"page {name}"

    cache = Cache(load)

    async def ann() -> None:
        with trio.move_on_after(2):
            await cache.get("home")
        print(f"t={trio.current_time():.1f} Ann gives up")

    async def bob() -> None:
        await trio.sleep(1)
        with trio.move_on_after(3600) as scope:
            print(f"t={trio.current_time():.1f} Bob asks")
            page = await cache.get("home")
            print(f"t={trio.current_time():.1f} Bob has {page!r}")
        if scope.cancelled_caught:
            print(f"t={trio.current_time():.1f} Bob has waited for an hour")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ann)
        nursery.start_soon(bob)


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
