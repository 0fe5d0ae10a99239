"""Says: There are two pauses, and `quiet` should be called at 4.0 s, 10.0 s. It was called: 4.0 s, 6.0 s"""

import trio


async def watch(prices, show, quiet):
    send, receive = trio.open_memory_channel(0)

    async def pull():
        with send:
            async for price in prices:
                await send.send(price)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pull)
        while True:
            try:
                with trio.move_on_after(2) as pause:
                    show(await receive.receive())
            except trio.EndOfChannel:
                return
            if pause.cancelled_caught:
                quiet()
