"""Says: 2 requests ran at once, with one permit."""

import trio


async def fetch(request, permits):
    try:
        async with permits:
            return await request()
    except ConnectionError:
        await trio.sleep(10)
    try:
        return await request()
    except ConnectionError:
        await trio.sleep(10)
    return await request()
