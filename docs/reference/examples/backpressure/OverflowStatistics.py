import trio

from trio_patterns.backpressure import OverflowStatistics, open_overflow_channel


async def main() -> None:
    send, receive = open_overflow_channel[str](2)
    with send, receive:
        for line in ["started", "loading", "loaded"]:
            await send.send(line)
        now: OverflowStatistics = send.statistics()
        assert (now.current_buffer_used, now.max_buffer_size) == (2, 2)
        assert now.dropped == 1  # worth a line in a log: the reader is too slow
        assert (now.open_send_channels, now.open_receive_channels) == (1, 1)


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
