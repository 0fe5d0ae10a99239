"""A producer that ignores that nobody listens any more.

The consumer wants three readings. The producer sends one every 0.1 s and swallows the error of `send`.

Notice: the consumer is done at 0.3 s; the producer measures on for 2.7 s, for nobody.
Run: python -m examples channel_stream_broken
Page: docs/patterns/streams/channel-stream.md
"""

from __future__ import annotations

import contextlib

import trio

measured = 0


async def produce(send: trio.MemorySendChannel[int]) -> None:
    global measured
    start = trio.current_time()
    with send:
        for reading in range(30):  # a real one would be endless
            await trio.sleep_until(start + (reading + 1) / 10)
            measured += 1
            with contextlib.suppress(trio.BrokenResourceError):  # BUG: the receiver's way to say "enough"
                await send.send(reading)


async def main() -> None:
    global measured
    measured = 0
    start = trio.current_time()
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce, send)
        with receive:
            for _ in range(3):
                print("got", await receive.receive())
        print(f"t={trio.current_time() - start:.1f} the consumer is done")
    print(f"t={trio.current_time() - start:.1f} the producer is done")
    print(f"{measured} readings, {measured - 3} for nobody")


if __name__ == "__main__":
    trio.run(main)
