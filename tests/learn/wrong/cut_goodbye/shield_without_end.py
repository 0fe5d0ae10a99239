"""Says: `session` ended at 3602.5 s, and had to by 5.5 s. The shield has no deadline."""

import trio


async def session(connection):
    messages = 0
    try:
        while await connection.receive() is not None:
            messages += 1
    finally:
        with trio.CancelScope(shield=True):
            await connection.say_goodbye()
    return messages
