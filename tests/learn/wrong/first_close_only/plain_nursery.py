"""Says: The failure of `b` at 1.0 s cut off how `a` closes."""

import trio


async def close_all(connections):
    open_names = set()

    async def close(connection):
        await connection.aclose()
        open_names.discard(connection.name)

    with trio.move_on_after(5):
        async with trio.open_nursery() as nursery:
            for connection in connections:
                open_names.add(connection.name)
                nursery.start_soon(close, connection)
    return sorted(open_names)
