"""Says: Cancelled at 2.5 s: the goodbye was cut off when it had begun, so the seat stays taken."""

import trio


async def session(connection):
    messages = 0
    try:
        while await connection.receive() is not None:
            messages += 1
    finally:
        with trio.move_on_after(3):
            await connection.say_goodbye()
    return messages
