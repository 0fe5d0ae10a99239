"""Says: The caller gave up at 0.5 s, but `load_all` did not: it swallows `trio.Cancelled`."""

import trio


async def load_all(names, load):
    parts, errors = {}, []

    async def load_one(name):
        try:
            parts[name] = await load(name)
        except BaseException as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(load_one, name)
    errors = [error for error in errors if isinstance(error, Exception)]
    if errors:
        raise ExceptionGroup("failed", errors)
    return parts
