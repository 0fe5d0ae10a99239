"""Says: All sources have ended at 33.0 s, and `first_above` at 43.0 s."""

from contextlib import aclosing


async def first_above(sources, limit):
    for source in sources:
        async with aclosing(source()) as values:
            async for value in values:
                if value > limit:
                    return value
    return None
