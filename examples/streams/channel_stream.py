"""A channel as a stream: whoever stops first, the other end hears of it.

The consumer wants three readings. The producer sends one every 0.1 s.

Notice: at its next reading, at 0.4 s, the producer hears that nobody listens, and its generator is closed.
Run: python -m examples channel_stream
Page: docs/patterns/streams/channel-stream.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from trio_patterns.streams import stream

measured = 0


async def readings() -> AsyncIterator[int]:  # noqa: ASYNC900 - the stream closes it
    global measured
    start = trio.current_time()
    try:
        for reading in range(30):  # a real one would be endless
            await trio.sleep_until(start + (reading + 1) / 10)
            measured += 1
            yield reading
    finally:
        print("the generator is closed")


async def produce(send: trio.MemorySendChannel[int]) -> None:
    try:
        await stream(readings).to_channel(send)  # closes the channel and the generator, however it ends
    except trio.BrokenResourceError:
        print("the producer hears that nobody listens")


async def main() -> None:
    global measured
    measured = 0
    start = trio.current_time()
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce, send)
        await stream(receive).take(3).for_each(lambda reading: print("got", reading))
        print(f"t={trio.current_time() - start:.1f} the consumer is done")
    print(f"t={trio.current_time() - start:.1f} the producer is done")
    print(f"{measured} readings, {measured - 3} for nobody")


if __name__ == "__main__":
    trio.run(main)
