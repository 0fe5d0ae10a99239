"""Batches by size or time: the time counts from the first event of a batch.

One event every 0.49 s is to be stored in batches of 100, but no later than 0.5 s after it came.

Notice: an event waits half a second at most, and the last batch is stored the moment the channel is closed.
Run: python -m examples batches
Page: docs/patterns/streams/
"""

from __future__ import annotations

import trio

from trio_patterns.streams import stream

start = 0.0
stored: list[int] = []


def store(batch: list[int]) -> None:
    print(f"t={trio.current_time() - start:.1f} stored {batch}")
    stored.extend(batch)


async def collect(events: trio.MemoryReceiveChannel[int]) -> None:
    # An error of `store` would end the stream and leave here: a flush has no failure policy of its own.
    # Where storing may fail for a moment, put a retry around it.
    await stream(events).chunks(100, within=0.5).for_each(store)


async def produce(events: trio.MemorySendChannel[int]) -> None:
    with events:
        for number in range(10):
            await trio.sleep(0.49)
            await events.send(number)


async def main() -> None:
    global start
    start = trio.current_time()
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce, send)
        nursery.start_soon(collect, receive)
    print(f"t={trio.current_time() - start:.1f} end: 10 events came, {len(stored)} were stored")
    stored.clear()


if __name__ == "__main__":
    trio.run(main)
