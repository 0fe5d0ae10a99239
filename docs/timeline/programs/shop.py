"""A small program to look at: three orders, a lock, a time limit, a failure."""

import trio

from trio_patterns.timeline import mark


async def pack(order: int, table: trio.Lock) -> None:
    await trio.sleep(0.5)  # fetch the goods
    async with table:
        mark(f"order {order} on the table")
        await trio.sleep(1.0 if order < 3 else 0.4)
    if order == 3:
        raise ValueError("order 3 has no address")


async def deliver(parcels: trio.MemoryReceiveChannel[str]) -> None:
    with trio.move_on_after(1.5):  # the van leaves
        async for _ in parcels:
            pass
    await trio.sleep(2)


async def main() -> None:
    table = trio.Lock()
    _, parcels = trio.open_memory_channel[str](0)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(deliver, parcels)
            for order in (1, 2, 3):
                nursery.start_soon(pack, order, table)
                await trio.sleep(0.1)
    except* ValueError:
        pass


if __name__ == "__main__":
    trio.run(main)
