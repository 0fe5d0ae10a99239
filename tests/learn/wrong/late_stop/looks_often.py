"""Says: Stopped before the loop begins: a report began at 0.0 s."""

import trio


async def report_loop(send, token):
    sent, due = 0, trio.current_time()
    while True:
        await send()
        sent += 1
        due += 60
        with trio.move_on_at(due):
            await token.wait()
        if token.cancelled:
            return sent
