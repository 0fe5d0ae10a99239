import trio

from trio_patterns.streams import OpenedStream, Stream


async def next_reading(readings: OpenedStream[int]) -> int | None:
    with trio.move_on_after(3):
        return await anext(readings)
    return None  # too slow; the next call goes on waiting for the same reading


async def main() -> None:
    async with Stream.ticks(5).open() as readings:
        found = [await next_reading(readings) for _ in range(4)]
    assert found == [0, None, 1, None]
    assert trio.current_time() == 3 + 2 + 3


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
