"""An unbounded channel in front of a slow consumer: the price on the screen is minutes old.

An exchange sends ten prices a second for five minutes. Showing one takes half a second.

Notice: nothing fails; every price is shown, later and later, while ever more of them wait in memory.
Run: python -m examples overflow_channel_broken
Page: docs/patterns/backpressure/overflow-channel.md
"""

from __future__ import annotations

import math

import trio

PRICES = 3000  # the n-th is sent at n * 0.1 s


async def exchange(send: trio.MemorySendChannel[int], start: float) -> None:
    with send:
        for number in range(PRICES):
            await trio.sleep_until(start + number * 0.1)
            send.send_nowait(number)


async def screen(receive: trio.MemoryReceiveChannel[int], start: float) -> None:
    await trio.sleep(0.02)
    shown = most = 0
    async for number in receive:
        now = trio.current_time() - start
        waiting = receive.statistics().current_buffer_used
        most = max(most, waiting)
        if shown % 300 == 0:
            print(f"t={now:.1f} shows a price that is {now - number * 0.1:.1f} s old, {waiting} are waiting")
        shown += 1
        await trio.sleep(0.5)
    print(f"t={trio.current_time() - start:.1f} the last of {shown} prices is off the screen")
    print(f"the most that were waiting: {most}")


async def main() -> None:
    start = trio.current_time()
    send, receive = trio.open_memory_channel[int](math.inf)  # BUG: never full, so nobody notices
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exchange, send, start)
        nursery.start_soon(screen, receive, start)


if __name__ == "__main__":
    trio.run(main)
