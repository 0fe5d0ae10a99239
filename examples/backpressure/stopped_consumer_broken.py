"""A consumer that stops and tells nobody: the producer waits for ever.

A producer, which outlives its consumer, hands it ten jobs; the disk is full after the third.

Notice: no error, no traceback, no progress: the producer is still waiting to send job 5 when we give up.
Run: python -m examples stopped_consumer_broken
Page: docs/patterns/backpressure/producer-consumer.md
"""

from __future__ import annotations

import trio


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def store(job: int) -> None:
    await trio.sleep(0.1)
    if job == 3:
        raise OSError("disk full")


async def consumer(jobs: trio.MemoryReceiveChannel[int]) -> None:
    try:
        async for job in jobs:
            await store(job)
            say(f"stored job {job}")
    except OSError as error:
        say(f"consumer stops: {error}")  # BUG: the channel stays open, and full


async def producer(send: trio.MemorySendChannel[int], progress: list[int]) -> None:
    with send:
        for job in range(1, 11):
            await send.send(job)
            progress.append(job)


async def main() -> None:
    global START
    START = trio.current_time()
    progress: list[int] = []
    send, receive = trio.open_memory_channel[int](1)
    with trio.move_on_after(2) as patience:  # (a minute, or a day, would be the same)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(producer, send, progress)
            await consumer(receive)
    say(f"producer ended by itself: {not patience.cancelled_caught}")
    print(f"jobs sent: {len(progress)}, stored: 2")
    receive.close()


if __name__ == "__main__":
    trio.run(main)
