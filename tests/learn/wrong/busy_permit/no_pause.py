"""Says: Ann failed at 1.0 s and was served at"""


async def fetch(request, permits):
    for _ in range(2):
        try:
            async with permits:
                return await request()
        except ConnectionError:
            pass
    async with permits:
        return await request()
