"""Cancellation tokens: one decision, seen by many tasks, in the way that suits each.

An import with its own token is stopped at 2 seconds; the application that it is part of stops at 5.
One task looks at the token, one waits for it, one lets it interrupt a wait.

Notice: cancelling the child leaves the parent alone, and everybody knows the reason.
Run: python -m examples cancellation_token
Page: docs/patterns/shutdown/cancellation-token.md
"""

from __future__ import annotations

import trio

from trio_patterns.shutdown import CancellationToken


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def import_rows(token: CancellationToken) -> None:
    """Look at it: work that is never interrupted, only not begun again."""
    rows = 0
    while not token.cancelled:
        await trio.sleep(0.3)
        rows += 1
    say(f"import stopped after {rows} rows: {token.reason}")


async def say_goodbye(token: CancellationToken) -> None:
    """Wait for it: something to do only at the end."""
    await token.wait()
    await trio.sleep(0.1)
    say(f"told the load balancer: {token.reason}")


async def ask_for_news(token: CancellationToken) -> None:
    """Be interrupted by it: a wait that may be given up at any moment."""
    answer = await token.run_until_cancelled(trio.sleep, 3600, default="no news")
    say(f"the news: {answer}")


async def main() -> None:
    global START
    START = trio.current_time()
    application = CancellationToken()
    one_import = application.child()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(import_rows, one_import)
        nursery.start_soon(say_goodbye, application)
        nursery.start_soon(ask_for_news, application.child())
        await trio.sleep(2)
        one_import.cancel("wrong file")
        say(f"import cancelled={one_import.cancelled}, application cancelled={application.cancelled}")
        await trio.sleep(3)
        application.cancel("maintenance")
        application.cancel("too late to be the reason")

    with application.scope() as scope:  # what begins after the end ends at its first wait
        await trio.sleep(3600)
    say(f"scope.cancelled_caught={scope.cancelled_caught}")


if __name__ == "__main__":
    trio.run(main)
