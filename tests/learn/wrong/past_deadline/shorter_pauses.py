"""Says: With 10.0 s of patience: 5 requests were sent; there is time for 4."""

import trio


async def fetch(request):
    for pause in (1, 2, 4, 8):
        try:
            return await request()
        except ConnectionError:
            left = trio.current_effective_deadline() - trio.current_time()
            if left < 0.6:
                raise
        await trio.sleep(min(pause, left - 0.55))
    return await request()
