"""Says: 50 values were read, and"""

import trio


async def record(read, store, room):
    send, receive = trio.open_memory_channel(room)

    async def reader():
        with send:
            while (value := await read()) is not None:
                try:
                    send.send_nowait(value)
                except trio.WouldBlock:
                    pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        async for value in receive:
            await store(value)
