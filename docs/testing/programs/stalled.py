"""The consumer closes its end, and the producer hears of it."""

import trio

from trio_patterns.testing import fail_when_stalled


async def producer(send: trio.MemorySendChannel[int]) -> None:
    try:
        for number in range(3):
            await send.send(number)
    except trio.BrokenResourceError:
        print("the producer has heard that nobody wants more")


async def consumer(receive: trio.MemoryReceiveChannel[int]) -> None:
    with receive:
        await receive.receive()  # one is enough


async def test_numbers_are_consumed() -> None:
    send, receive = trio.open_memory_channel[int](0)
    with fail_when_stalled():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(producer, send)
            nursery.start_soon(consumer, receive)
