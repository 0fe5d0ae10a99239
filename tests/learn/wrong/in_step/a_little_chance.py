"""Says: come back in the same tenth of a second"""

import trio


async def reconnect(connect, chance):
    for number in range(6):
        try:
            return await connect()
        except ConnectionError:
            pass
        await trio.sleep(min(29.9, 2**number) + chance.uniform(0, 0.1))
    return await connect()
