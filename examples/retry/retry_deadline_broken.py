"""Retries under a deadline, the naive way: wait, although the time is up before the next call.

A page may take five seconds. One server refuses connections; of another, the first answer gets lost.

Notice: both pages are late at 5.0 s with "TooSlowError"; that a connection was refused, nobody hears.
Run: python -m examples retry_deadline_broken
Page: docs/patterns/retry/deadlines.md
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

start = 0.0
calls = 0


async def refuse() -> str:
    global calls
    calls += 1
    await trio.lowlevel.checkpoint()
    raise ConnectionRefusedError("connection refused")


async def lose_the_first_answer() -> str:
    global calls
    calls += 1
    await trio.sleep(60 if calls == 1 else 0.2)
    return "answer"


async def ask(server: Callable[[], Awaitable[str]]) -> str:
    delay = 1.0
    while True:
        try:
            return await server()  # BUG: nothing bounds this call, so a lost answer takes all the time
        except ConnectionError:
            await trio.sleep(delay)  # BUG: beyond the deadline, there will be no next call
            delay *= 2


async def page(server: Callable[[], Awaitable[str]]) -> None:
    global start, calls
    start, calls = trio.current_time(), 0
    try:
        with trio.fail_after(5):
            outcome = await ask(server)
    except (trio.TooSlowError, ConnectionError) as error:
        outcome = type(error).__name__
    print(f"t={trio.current_time() - start:.1f} {server.__name__}: {outcome}, calls: {calls}")


async def main() -> None:
    for server in (refuse, lose_the_first_answer):
        await page(server)


if __name__ == "__main__":
    trio.run(main)
