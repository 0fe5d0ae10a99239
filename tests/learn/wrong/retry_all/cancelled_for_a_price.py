"""Says: It was cancelled, and went on as if nothing had happened"""

import trio


async def get_price(ask, last_known):
    for attempt in range(1, 4):
        try:
            return await ask()
        except (ConnectionError, trio.Cancelled):
            if attempt < 3:
                await trio.sleep(1)
    return last_known
