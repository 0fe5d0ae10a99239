"""Says: At 0.0 s 40 names were read whose calls had not ended; with a limit of 5 that is too far ahead."""

import trio


async def call_all(call, names, limit):
    results = {}
    limiter = trio.CapacityLimiter(limit)

    async def call_one(index, name):
        async with limiter:
            results[index] = await call(name)

    async with trio.open_nursery() as nursery:
        for index, name in enumerate(names):
            nursery.start_soon(call_one, index, name)
    return [results[index] for index in sorted(results)]
