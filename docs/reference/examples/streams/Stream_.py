import trio

from trio_patterns.streams import Stream, stream


# A step of your own is a function of a stream.
def large(orders: Stream[int]) -> Stream[int]:
    return orders.filter(lambda euros: euros >= 100)


async def main() -> None:
    orders = Stream.of(20, 150, 99, 300)
    assert await large(orders).collect() == [150, 300]
    assert await large(stream([100])).collect() == [100]
    assert await Stream.ticks(5).take(3).collect() == [0, 1, 2]
    assert trio.current_time() == 10  # ticks at 0, 5 and 10 seconds


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
