"""Stopping early: the source closes, what is in flight is cancelled and awaited.

A source of a thousand items, four at a time, each call slower than the one before. The consumer has enough
after one or two items, and says so in three ways.

Notice: the calls in flight clean up before the stream is over, and the source is closed; nothing runs on.
Run: python -m examples early_exit
Page: docs/patterns/streams/early-exit.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from trio_patterns.streams import stream

start = 0.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def source() -> AsyncIterator[int]:  # noqa: ASYNC124, ASYNC900 - the stream closes it
    try:
        for number in range(1000):
            yield number
    finally:
        say("source closed")


async def work(number: int) -> int:
    try:
        await trio.sleep(0.2 + number / 5)
        return number
    except trio.Cancelled:
        # Cleaning up may take time, but not for ever: a shield always has a deadline.
        with trio.move_on_after(1, shield=True):
            await trio.sleep(number / 10)
            say(f"call {number} cleaned up")
        raise


numbers = stream(source).map(work, limit=4)  # a description: each way below runs it anew


async def by_first() -> None:
    say(f"got {await numbers.first()}")


async def by_take() -> None:
    await numbers.take(2).for_each(lambda number: say(f"got {number}"))


async def by_break() -> None:
    async with numbers.open() as results:
        async for number in results:
            say(f"got {number}")
            if number == 1:
                break


async def main() -> None:
    global start
    for way in (by_first, by_take, by_break):
        print(f"{way.__name__}:")
        start = trio.current_time()
        await way()
        say("over: nothing runs any more")


if __name__ == "__main__":
    trio.run(main)
