"""Stopping early: the source closes, what is in flight is cancelled and awaited.

A source of work items, four at a time, each slower than the one before it. The consumer leaves after two.

Notice: the four calls in flight are cancelled and clean up before the block is over; the source is closed.
Run: python -m examples early_exit
Page: docs/patterns/streams/
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


async def main() -> None:
    global start
    start = trio.current_time()
    async with stream(source).map(work, limit=4).open() as results:
        async for number in results:
            say(f"got {number}")
            if number == 1:
                break
    say("the block is over: nothing runs any more")


if __name__ == "__main__":
    trio.run(main)
