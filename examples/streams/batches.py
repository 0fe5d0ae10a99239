"""Batches by size or time: the time counts from the first event of a batch.

One event every 0.4 s is to be stored in batches of 100, but no later than 0.5 s after it came.

Notice: no event waits longer than half a second, and the last batch is stored the moment the channel closes.
Run: python -m examples batches
Page: docs/patterns/streams/batches.md
"""

from __future__ import annotations

import trio

from trio_patterns.streams import stream

start = 0.0
came: dict[int, float] = {}  # {event: when}
stored: list[int] = []


def store(batch: list[int]) -> None:
    now = trio.current_time()
    print(f"t={now - start:.1f} stored {len(batch)} events, the first waited {now - came[batch[0]]:.1f} s")
    stored.extend(batch)


async def collect(events: trio.MemoryReceiveChannel[int]) -> None:
    # An error of `store` would end the stream and leave here: a flush has no failure policy of its own.
    # Where storing may fail for a moment, put a retry around it.
    await stream(events).chunks(100, within=0.5).for_each(store)


async def produce(events: trio.MemorySendChannel[int]) -> None:
    with events:
        for event in range(10):
            await trio.sleep_until(start + (event + 1) * 0.4)
            came[event] = trio.current_time()
            await events.send(event)


async def run_for(seconds: float) -> None:
    global start
    start = trio.current_time()
    came.clear()
    stored.clear()
    send, receive = trio.open_memory_channel[int](0)
    with trio.move_on_after(seconds) as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(produce, send)
            nursery.start_soon(collect, receive)
    how = "the loop has not returned" if scope.cancelled_caught else "the loop has returned"
    print(
        f"t={trio.current_time() - start:.1f} {how}: {len(came)} events came, {len(came) - len(stored)} lost"
    )


async def main() -> None:
    print("the last event comes at t=4.0; the program has time until t=6.0:")
    await run_for(6.0)
    print("the same, but the program ends at t=4.2:")
    await run_for(4.2)


if __name__ == "__main__":
    trio.run(main)
