"""The first answer, and everybody waits for the last.

`race` is this exercise: the first success, the others cancelled and awaited.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import trio
from trio.testing import MockClock

from trio_patterns.spawning import race


async def first_answer(mirrors: list[str], ask: Callable[[str], Awaitable[str]]) -> str:
    return await race(*[partial(ask, mirror) for mirror in mirrors])


async def main() -> None:
    async def ask(mirror: str) -> str:
        seconds = {"near": 1, "far": 10, "down": 0.5}[mirror]
        await trio.sleep(seconds)
        print(f"t={trio.current_time():.1f} {mirror} is through")
        if mirror == "down":
            raise ConnectionError("connection refused")
        return f"the file, from {mirror}"

    answer = await first_answer(["far", "near", "down"], ask)
    print(f"t={trio.current_time():.1f} main has {answer!r}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
