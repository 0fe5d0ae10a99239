"""A timeout around an async generator's next item ends the generator, in silence.

A feed gives five items, one every 0.3 s. After 0.2 s without one the consumer says "still waiting".

Notice: the loop ends as if the feed were over; none of the five items arrives, and nothing is raised.
Run: python -m examples stream_timeout_broken
Page: docs/patterns/streams/stream-timeout.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio


async def feed() -> AsyncIterator[int]:  # noqa: ASYNC900 - and it shows why that is a rule
    for number in range(5):
        await trio.sleep(0.3)
        yield number


async def main() -> None:
    items = feed()
    got: list[int] = []
    while True:
        try:
            with trio.move_on_after(0.2):
                got.append(await anext(items))  # BUG: the cancellation goes through the generator and ends it
                continue
            print("still waiting")
        except StopAsyncIteration:
            break
    print(f"the feed is over: {len(got)} of 5 items")


if __name__ == "__main__":
    trio.run(main)
