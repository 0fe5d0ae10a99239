"""Batches, the naive way: a loop whose timer starts anew with every event.

One event every 0.4 s is to be stored in batches of 100, but no later than 0.5 s after it came.

Notice: the first event waits 4.1 s, the loop never returns, and a program that ends meanwhile loses all ten.
Run: python -m examples batches_broken
Page: docs/patterns/streams/batches.md
"""

from __future__ import annotations

import trio

start = 0.0
came: dict[int, float] = {}  # {event: when}
stored: list[int] = []


def store(batch: list[int]) -> None:
    now = trio.current_time()
    print(f"t={now - start:.1f} stored {len(batch)} events, the first waited {now - came[batch[0]]:.1f} s")
    stored.extend(batch)


async def collect(events: trio.MemoryReceiveChannel[int]) -> None:
    batch: list[int] = []
    while True:
        with trio.move_on_after(0.5):  # BUG: each event starts the half second anew
            try:
                batch.append(await events.receive())
            except trio.EndOfChannel:
                await trio.sleep_forever()  # BUG: the channel is closed, and the timer keeps the loop going
            if len(batch) >= 100:
                store(batch)
                batch = []
            continue
        if batch:
            store(batch)
            batch = []


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
