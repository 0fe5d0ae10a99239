"""The error that nobody heard.

A join set keeps failures apart, and raises at its end those that nobody has collected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

from trio_patterns.spawning import open_join_set


async def load_all(names: list[str], load: Callable[[str], Awaitable[str]]) -> dict[str, str]:
    async with open_join_set() as tasks:
        handles = {name: tasks.spawn(load, name) for name in names}
    return {name: handle.result() for name, handle in handles.items()}


async def main() -> None:
    async def load(name: str) -> str:
        if name == "b":
            await trio.sleep(1)
            raise ConnectionError("no route to b")
        await trio.sleep(2)
        return f"part {name}"

    try:
        await load_all(["a", "b", "c"], load)
    except ConnectionError as error:
        print(f"t={trio.current_time():.1f} load_all raised {error!r}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
