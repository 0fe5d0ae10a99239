"""Says: With 3.0 s of patience: the caller waits until 3.0 s and gets a TooSlowError."""

import trio


async def fetch(request):
    start = trio.current_time()
    for pause in (1, 2, 4, 8):
        try:
            return await request()
        except ConnectionError:
            if trio.current_time() + pause > start + 10:
                raise
        await trio.sleep(pause)
    return await request()
