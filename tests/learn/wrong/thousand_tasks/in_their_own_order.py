"""Says: The results are not in the order of the names"""

import trio


async def call_all(call, names, limit):
    results = []
    names = iter(names)

    async def work():
        for name in names:
            results.append(await call(name))

    async with trio.open_nursery() as nursery:
        for _ in range(limit):
            nursery.start_soon(work)
    return results
