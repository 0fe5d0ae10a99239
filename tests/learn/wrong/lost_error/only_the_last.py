"""Says: The error of `b` never reached the caller: `load_all` raised ConnectionError('no route to c')."""

import trio


async def load_all(names, load):
    parts, last = {}, None

    async def load_one(name):
        nonlocal last
        try:
            parts[name] = await load(name)
        except Exception as error:
            last = error

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(load_one, name)
    if last:
        raise last
    return parts
