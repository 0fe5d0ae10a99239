"""Says: `session` returned as if it had ended by itself: `Cancelled` is swallowed."""

import trio


async def session(connection):
    messages = 0
    error = None
    try:
        while await connection.receive() is not None:
            messages += 1
    except trio.Cancelled:
        pass
    except Exception as exc:
        error = exc
    with trio.move_on_after(3, shield=True):
        await connection.say_goodbye()
    if error:
        raise error
    return messages
