"""The shop is told to close. Its customers stop coming and say so, and the worker goes home."""

import trio

from trio_patterns.shutdown import CancellationToken
from trio_patterns.testing import cancel_sweep

accepted: list[str] = []
packed: list[str] = []
given_back: list[str] = []


async def customers(send: trio.MemorySendChannel[str], token: CancellationToken) -> None:
    async with send:
        for order in ["lamp", "book"]:
            await trio.sleep(2)
            if token.cancelled:
                return
            await send.send(order)
            accepted.append(order)


async def worker(orders: trio.MemoryReceiveChannel[str]) -> None:
    async for order in orders:
        done = False
        try:
            await trio.sleep(1)
            packed.append(order)
            done = True
        finally:
            if not done:
                given_back.append(order)


async def shop(token: CancellationToken) -> None:
    accepted.clear()
    packed.clear()
    given_back.clear()
    send, receive = trio.open_memory_channel[str](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(customers, send, token)
        nursery.start_soon(worker, receive)


def test_closing_time() -> None:
    print(cancel_sweep(shop, two_stage=True, check=lambda: accepted == packed + given_back))
