"""Batches, the naive way: a select loop whose timer starts anew with every event.

One event every 0.49 s is to be stored in batches of 100, but no later than 0.5 s after it came.

Notice: nothing is stored for 4.9 s, because each event puts the half second off; then ten are lost.
Run: python -m examples batches_broken
Page: docs/patterns/streams/
"""

from __future__ import annotations

import trio

start = 0.0
stored: list[int] = []


def store(batch: list[int]) -> None:
    print(f"t={trio.current_time() - start:.1f} stored {batch}")
    stored.extend(batch)


async def collect(events: trio.MemoryReceiveChannel[int]) -> None:
    batch: list[int] = []
    while True:
        with trio.move_on_after(0.5):  # BUG: each pass of the loop starts the half second anew
            batch.append(await events.receive())
            if len(batch) >= 100:
                store(batch)
                batch = []
            continue
        if batch:
            store(batch)
            batch = []


async def produce(events: trio.MemorySendChannel[int]) -> None:
    with events:
        for number in range(10):
            await trio.sleep(0.49)
            await events.send(number)


async def main() -> None:
    global start
    start = trio.current_time()
    send, receive = trio.open_memory_channel[int](0)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(produce, send)
            nursery.start_soon(collect, receive)
    except* trio.EndOfChannel:
        pass  # the producer has closed the channel, and nobody has thought of the open batch
    print(f"t={trio.current_time() - start:.1f} end: 10 events came, {len(stored)} were stored")
    stored.clear()


if __name__ == "__main__":
    trio.run(main)
