import trio

from trio_patterns.backpressure import OverflowReceiveChannel, open_overflow_channel


async def show(progress: OverflowReceiveChannel[int], shown: list[int]) -> None:
    async for percent in progress:
        shown.append(percent)
        await trio.sleep(0.9)  # a slow terminal


async def main() -> None:
    shown: list[int] = []
    send, receive = open_overflow_channel[int](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(show, receive, shown)
        with send:
            for percent in range(0, 101, 10):
                await send.send(percent)
                await trio.sleep(0.25)
    assert shown == [0, 30, 70, 100]  # what was latest when the terminal was ready


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
