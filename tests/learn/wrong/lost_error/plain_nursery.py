"""Says: At 1.0 s the failure of `b` cancelled `a`."""

import trio


async def load_all(names, load):
    parts = {}

    async def load_one(name):
        parts[name] = await load(name)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(load_one, name)
    return parts
