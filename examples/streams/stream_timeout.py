"""A timeout around the iteration of an opened stream loses nothing.

A feed gives five items, one every 0.3 s. After 0.2 s without one the consumer says "still waiting".

Notice: five times "still waiting", and five items. `timeout` is for the other case: too slow is an error.
Run: python -m examples stream_timeout
Page: docs/patterns/streams/stream-timeout.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from trio_patterns.streams import stream


async def feed() -> AsyncIterator[int]:  # noqa: ASYNC900 - the stream closes it
    for number in range(5):
        await trio.sleep(0.3)
        yield number


async def main() -> None:
    got: list[int] = []
    # The feed runs in a task of its own; only the waiting for it is cancelled.
    async with stream(feed).open() as items:
        while True:
            try:
                with trio.move_on_after(0.2):
                    got.append(await anext(items))
                    continue
                print("still waiting")
            except StopAsyncIteration:
                break
    print(f"the feed is over: {len(got)} of 5 items")

    try:
        await stream(feed).timeout(0.2).drain()
    except trio.TooSlowError as error:
        print(f"TooSlowError: {error}")


if __name__ == "__main__":
    trio.run(main)
