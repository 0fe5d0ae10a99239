import trio

from trio_patterns.streams import Stream, StreamOpener


async def main() -> None:
    opener: StreamOpener[int] = Stream.ticks(1).open()  # nothing runs yet
    found = []
    async with opener as ticks:
        async for tick in ticks:
            found.append(tick)
            if tick == 2:
                break
    # Behind the block, nothing of the stream runs any more.
    assert found == [0, 1, 2]
    assert trio.current_time() == 2


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
