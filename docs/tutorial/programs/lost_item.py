"""A worker that is interrupted while it packs gives the order back."""

import trio

from trio_patterns.testing import cancel_sweep

accepted: list[str] = []
packed: list[str] = []
given_back: list[str] = []


async def customers(send: trio.MemorySendChannel[str]) -> None:
    async with send:
        for order in ["lamp", "book"]:
            await trio.sleep(2)
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
                given_back.append(order)  # no await: nothing can interrupt it


async def shop() -> None:
    accepted.clear()
    packed.clear()
    given_back.clear()
    send, receive = trio.open_memory_channel[str](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(customers, send)
        nursery.start_soon(worker, receive)


def test_no_order_is_lost() -> None:
    print(cancel_sweep(shop, check=lambda: accepted == packed + given_back))
