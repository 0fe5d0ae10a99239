"""A flag that everybody looks at now and then: one for all, without a reason, and not seen while asleep.

An import is to be stopped at 2 seconds; the application that it is part of is to stop at 5.
One task looks at the flag after each row, one asks once a second, one sleeps until there is news.

Notice: the load balancer is told at 2 seconds that the application ends, and it ends after an hour.
Run: python -m examples cancellation_token_broken
Page: docs/patterns/shutdown/cancellation-token.md
"""

from __future__ import annotations

import trio

stopping = False


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def import_rows() -> None:
    rows = 0
    while not stopping:
        await trio.sleep(0.3)
        rows += 1
    say(f"import stopped after {rows} rows: why?")


async def say_goodbye() -> None:
    while not stopping:  # noqa: ASYNC110
        await trio.sleep(0.7)  # BUG: late, and woken for nothing
    say("told the load balancer: why?")


async def ask_for_news() -> None:
    if not stopping:
        await trio.sleep(3600)  # BUG: nothing wakes it
    say("the news: no news")


async def main() -> None:
    global START, stopping
    START = trio.current_time()
    stopping = False
    async with trio.open_nursery() as nursery:
        nursery.start_soon(import_rows)
        nursery.start_soon(say_goodbye)
        nursery.start_soon(ask_for_news)
        await trio.sleep(2)
        stopping = True  # BUG: the import alone was meant
        say("wrong file: stop the import")
        await trio.sleep(3)
        stopping = True
        say("maintenance: stop the application")


if __name__ == "__main__":
    trio.run(main)
