"""The error that nobody heard.

The errors are kept until every part has ended, and then raised together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def load_all(names: list[str], load: Callable[[str], Awaitable[str]]) -> dict[str, str]:
    parts: dict[str, str] = {}
    errors: list[Exception] = []

    async def load_one(name: str) -> None:
        try:
            parts[name] = await load(name)
        except Exception as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(load_one, name)
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(names)} parts failed", errors)
    return parts


async def main() -> None:
    async def load(name: str) -> str:
        if name == "b":
            await trio.sleep(1)
            raise ConnectionError("no route to b")
        await trio.sleep(2)
        return f"part {name}"

    try:
        await load_all(["a", "b", "c"], load)
    except* ConnectionError as group:
        print(f"t={trio.current_time():.1f} load_all raised {group.exceptions}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
