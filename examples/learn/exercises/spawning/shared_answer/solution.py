"""The answer that never comes.

Whoever waits looks again afterwards; whoever loads wakes them, however it ended.
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
        while name not in self._pages:
            if name in self._loading:
                await self._loading[name].wait()
                continue  # it may have come to nothing: then one of us is the next to load
            self._loading[name] = trio.Event()
            try:
                self._pages[name] = await self._load(name)
            finally:
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
