"""Says: After failure 6"""

import trio


async def reconnect(connect, chance):
    for number in range(6):
        try:
            return await connect()
        except ConnectionError:
            pass
        await trio.sleep(min(30, 2**number * chance.uniform(0.8, 2)))
    return await connect()
