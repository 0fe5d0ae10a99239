"""Says: A timeout inside the generator ends it"""

import trio


async def watch(prices, show, quiet):
    while True:
        with trio.move_on_after(2) as pause:
            async for price in prices:
                show(price)
                pause.deadline = trio.current_time() + 2
            return
        quiet()
