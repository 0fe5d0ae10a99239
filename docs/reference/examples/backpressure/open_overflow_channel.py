import trio

from trio_patterns.backpressure import open_overflow_channel


async def main() -> None:
    send, receive = open_overflow_channel[int](2)  # keeps the two latest prices
    with send:
        for price in [101, 102, 103, 104, 105]:
            await send.send(price)  # never waits for room
    with receive:
        assert [price async for price in receive] == [104, 105]
    assert send.dropped == 3


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
