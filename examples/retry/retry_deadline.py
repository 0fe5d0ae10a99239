"""Retries under a deadline: no call waits for ever, and no delay is slept that leads nowhere.

A page may take five seconds. One server refuses connections; of another, the first answer gets lost.

Notice: the refusal is known at 3.0 s, since a call due at 7.0 s is too late; the lost answer costs 1.5 s.
Run: python -m examples retry_deadline
Page: docs/patterns/retry/deadlines.md
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from trio_patterns.retry import RetryPolicy, no_jitter, retry

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


# Delays of 1, 2, 4 s, without jitter to make this output repeatable.
POLICY = RetryPolicy(
    on=(ConnectionError, trio.TooSlowError), base_delay=1.0, attempt_timeout=1.5, jitter=no_jitter
)


async def ask(server: Callable[[], Awaitable[str]]) -> str:
    return await retry(server, policy=POLICY)


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
