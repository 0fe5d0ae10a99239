"""The error that nobody heard.

A start page is made of three parts, loaded at once.
`b` fails after 1 s, and the other two must not suffer from that: `c` needs 2 s.
So each task catches what goes wrong with its part.

Mend `load_all`: all parts run to their end, as now.
If all of them succeed, it returns a dictionary.
If some fail, it raises their errors, as one error or as an `ExceptionGroup`.

Before you run it: how does the caller learn that `b` is missing?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def load_all(names: list[str], load: Callable[[str], Awaitable[str]]) -> dict[str, str]:
    parts: dict[str, str] = {}

    async def load_one(name: str) -> None:
        try:
            parts[name] = await load(name)
        except Exception as error:
            print(f"log: {name} failed: {error}")

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(load_one, name)
    return parts


async def main() -> None:
    async def load(name: str) -> str:
        if name == "b":
            await trio.sleep(1)
            raise ConnectionError("no route to b")
        await trio.sleep(2)
        return f"part {name}"

    parts = await load_all(["a", "b", "c"], load)
    print(f"t={trio.current_time():.1f} load_all returned {dict(sorted(parts.items()))}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
