"""Says: It raised BaseExceptionGroup('Exceptions from Trio nursery', [GeneratorExit()])"""

from contextlib import aclosing

import trio


async def merged(sources):
    send, receive = trio.open_memory_channel(0)

    async def pump(source, send):
        with send:
            async with aclosing(source()) as values:
                async for value in values:
                    await send.send(value)

    async with trio.open_nursery() as nursery:
        with send:
            for source in sources:
                nursery.start_soon(pump, source, send.clone())
        async for value in receive:
            yield value


async def first_above(sources, limit):
    async with aclosing(merged(sources)) as values:
        async for value in values:
            if value > limit:
                return value
    return None
