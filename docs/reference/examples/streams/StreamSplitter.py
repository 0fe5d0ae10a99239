import trio

from trio_patterns.streams import StreamSplitter, stream


async def main() -> None:
    shipped: list[int] = []
    waiting: list[int] = []
    splitter: StreamSplitter = stream([20, -5, 30, -1]).partition(
        lambda cents: cents > 0
    )
    async with splitter as (paid, unpaid), trio.open_nursery() as nursery:
        nursery.start_soon(paid.for_each, shipped.append)
        nursery.start_soon(unpaid.for_each, waiting.append)
    assert shipped == [20, 30]
    assert waiting == [-5, -1]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
