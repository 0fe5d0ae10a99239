"""Says: there are pauses in which fewer run."""

from itertools import islice

import trio


async def call_all(call, names, limit):
    results = {}

    async def call_one(index, name):
        results[index] = await call(name)

    numbered = iter(enumerate(names))
    while portion := list(islice(numbered, limit)):
        async with trio.open_nursery() as nursery:
            for index, name in portion:
                nursery.start_soon(call_one, index, name)
    return [results[index] for index in sorted(results)]
