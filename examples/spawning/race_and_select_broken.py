"""Two receives raced by hand: the first result cancels the other, as it is often written first.

Fifty messages lie in each of two channels.

Notice: half of the messages are gone, without an error.
Run: python -m examples race_and_select_broken
Page: docs/patterns/spawning/race-and-select.md
"""

from __future__ import annotations

import trio


async def receive_either(*channels: trio.MemoryReceiveChannel[int]) -> int:
    received: list[int] = []

    async def receive(channel: trio.MemoryReceiveChannel[int]) -> None:
        received.append(await channel.receive())
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for channel in channels:
            nursery.start_soon(receive, channel)
    return received[0]  # BUG: both may have received, and a cancellation can't take that back


async def main() -> None:
    send_jobs, jobs = trio.open_memory_channel[int](50)
    send_news, news = trio.open_memory_channel[int](50)
    with send_jobs, send_news, jobs, news:
        for number in range(50):
            send_jobs.send_nowait(number)
            send_news.send_nowait(number)
        seen = 0
        while jobs.statistics().current_buffer_used or news.statistics().current_buffer_used:
            await receive_either(jobs, news)
            seen += 1
    print(f"sent 100, seen {seen}, lost {100 - seen}, errors 0")


if __name__ == "__main__":
    trio.run(main)
