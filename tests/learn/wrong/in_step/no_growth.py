"""Says: The fifth pause takes"""

import trio


async def reconnect(connect, chance):
    for _ in range(6):
        try:
            return await connect()
        except ConnectionError:
            pass
        await trio.sleep(chance.uniform(0, 2))
    return await connect()
