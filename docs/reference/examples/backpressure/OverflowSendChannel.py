import trio

from trio_patterns.backpressure import OverflowSendChannel, open_overflow_channel


async def measure(readings: OverflowSendChannel[float]) -> None:
    with readings:  # its own end; the receiver is done when the last one is closed
        for degrees in [20.5, 21.0, 21.5]:
            await readings.send(degrees)


async def main() -> None:
    send, receive = open_overflow_channel[float](1, overflow="drop_newest")
    with send, receive:
        await measure(send.clone())
        assert send.dropped == 2
        assert receive.receive_nowait() == 20.5  # the first one that came


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
