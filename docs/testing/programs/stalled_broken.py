"""The consumer has what it wanted, and does not close its end. The producer waits for room."""

import trio

from trio_patterns.testing import fail_when_stalled


async def producer(send: trio.MemorySendChannel[int]) -> None:
    for number in range(3):
        await send.send(number)


async def consumer(receive: trio.MemoryReceiveChannel[int]) -> None:
    await receive.receive()  # one is enough


async def test_numbers_are_consumed() -> None:
    send, receive = trio.open_memory_channel[int](0)
    with fail_when_stalled():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(producer, send)
            nursery.start_soon(consumer, receive)
