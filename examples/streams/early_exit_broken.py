"""Stopping early, the naive way: a generator with workers inside, left by `break`.

A source of a thousand items, four at a time, each call slower than the one before. The consumer has enough
after two items, and the program goes on with something else for three seconds.

Notice: the loop is over at 0.4 s; seven more calls are made for nobody, and even `aclose()` fails.
Run: python -m examples early_exit_broken
Page: docs/patterns/streams/early-exit.md
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import trio

start = 0.0
finished: list[int] = []


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def source() -> AsyncGenerator[int, None]:  # noqa: ASYNC124, ASYNC900 - `mapped` closes it
    try:
        for number in range(1000):
            yield number
    finally:
        say("source closed")


async def work(number: int) -> int:
    await trio.sleep(0.2 + number / 5)
    finished.append(number)
    return number


async def worker(items: AsyncIterator[int], send: trio.MemorySendChannel[int]) -> None:
    with send:
        # The source never waits, so two workers never ask it at the same time; another would need a lock.
        async for number in items:
            await send.send(await work(number))


async def mapped(limit: int) -> AsyncGenerator[int, None]:  # noqa: ASYNC900 - and it shows why that is a rule
    send, receive = trio.open_memory_channel[int](4)
    async with aclosing(source()) as items, trio.open_nursery() as nursery:
        with send:
            for _ in range(limit):
                nursery.start_soon(worker, items, send.clone())
        async for number in receive:
            yield number  # noqa: ASYNC101, ASYNC119  # BUG: whoever leaves the loop here leaves the nursery open


async def main() -> None:
    global start
    start = trio.current_time()
    finished.clear()
    numbers = mapped(4)
    async for number in numbers:
        say(f"got {number}")
        if number == 1:
            break
    say(f"the loop is over: {len(finished)} calls done")
    await trio.sleep(3)  # what the program does next
    say(f"{len(finished)} calls done, {len(finished) - 2} of them for nobody; the source is still open")
    try:
        await numbers.aclose()  # left out, trio would report a corrupted nursery stack
    except BaseExceptionGroup as group:
        say(f"even closing it by hand fails: {group.exceptions!r}")


if __name__ == "__main__":
    trio.run(main)
