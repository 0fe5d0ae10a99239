"""The first answer, and everybody waits for the last.

Three mirrors have the same file.
The fastest answers after 1 s, the slowest after 10 s, and one is down.
You ask all of them at once and take the first answer.

Mend `first_answer`: it returns the first answer as soon as it is there.
The other requests have ended by then, cancelled and cleaned up.
A mirror that fails is no reason to stop; if all of them fail, raise their errors.

Before you run it: after how many seconds do you have the answer, and when does `main` see it?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def first_answer(mirrors: list[str], ask: Callable[[str], Awaitable[str]]) -> str:
    answers: list[str] = []

    async def ask_one(mirror: str) -> None:
        try:
            answers.append(await ask(mirror))
        except ConnectionError:
            pass

    async with trio.open_nursery() as nursery:
        for mirror in mirrors:
            nursery.start_soon(ask_one, mirror)
    return answers[0]


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
