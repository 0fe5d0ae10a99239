"""An overflow channel in front of a slow consumer: it always shows the latest price.

An exchange sends ten prices a second for five minutes. Showing one takes half a second.

Notice: every price is fresh when it is shown, one waits at most, and what was dropped is counted.
Run: python -m examples overflow_channel
Page: docs/patterns/backpressure/overflow-channel.md
"""

from __future__ import annotations

import trio

from trio_patterns.backpressure import OverflowReceiveChannel, OverflowSendChannel, open_overflow_channel

PRICES = 3000  # the n-th is sent at n * 0.1 s


async def exchange(send: OverflowSendChannel[int], start: float) -> None:
    with send:
        for number in range(PRICES):
            await trio.sleep_until(start + number * 0.1)
            send.send_nowait(number)


async def screen(receive: OverflowReceiveChannel[int], start: float) -> None:
    await trio.sleep(0.02)
    shown = 0
    async for number in receive:
        now = trio.current_time() - start
        if shown % 300 == 0:
            waiting = receive.statistics().current_buffer_used
            print(f"t={now:.1f} shows a price that is {now - number * 0.1:.1f} s old, {waiting} are waiting")
        shown += 1
        await trio.sleep(0.5)
    print(f"t={trio.current_time() - start:.1f} the last of {shown} prices is off the screen")


async def main() -> None:
    start = trio.current_time()
    send, receive = open_overflow_channel[int](1, overflow="drop_oldest")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exchange, send, start)
        nursery.start_soon(screen, receive, start)
    print(f"the most that were waiting: {receive.statistics().peak_buffer_used}")
    print(f"dropped: {send.dropped} of {PRICES}")

    # What the other two do with five items in a buffer of two:
    send, receive = open_overflow_channel[int](2, overflow="drop_newest")
    with send:
        for number in range(5):
            await send.send(number)
    print(f"drop_newest keeps {[number async for number in receive]}, dropped: {send.dropped}")

    send, receive = open_overflow_channel[int](2, overflow="error")
    with send:
        try:
            for number in range(5):
                await send.send(number)
        except trio.WouldBlock as full:
            print(f"error: {full}, and {number} was not sent")


if __name__ == "__main__":
    trio.run(main)
