"""Says: `b` was told to close at 2.0 s, and not at once."""

import trio


async def close_all(connections):
    errors, cut = [], []
    for connection in connections:
        with trio.move_on_after(5) as scope:
            try:
                await connection.aclose()
            except Exception as error:
                errors.append(error)
        if scope.cancelled_caught:
            cut.append(connection.name)
    if errors:
        raise ExceptionGroup("errors", errors)
    return sorted(cut)
