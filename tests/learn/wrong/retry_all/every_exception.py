"""Says: PermissionError('wrong password') will not pass, and the request was sent 3 times, until 3.5 s."""

import trio


async def get_price(ask, last_known):
    for attempt in range(1, 4):
        try:
            return await ask()
        except Exception:
            if attempt < 3:
                await trio.sleep(1)
    return last_known
