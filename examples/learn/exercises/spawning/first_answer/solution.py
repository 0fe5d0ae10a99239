"""The first answer, and everybody waits for the last.

The first answer cancels the nursery's scope, and the nursery waits until the others have cleaned up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def first_answer(mirrors: list[str], ask: Callable[[str], Awaitable[str]]) -> str:
    answers: list[str] = []
    errors: list[Exception] = []

    async with trio.open_nursery() as nursery:

        async def ask_one(mirror: str) -> None:
            try:
                answers.append(await ask(mirror))
            except Exception as error:
                errors.append(error)
            else:
                nursery.cancel_scope.cancel()

        for mirror in mirrors:
            nursery.start_soon(ask_one, mirror)
    if not answers:
        raise ExceptionGroup("no mirror has answered", errors)
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
