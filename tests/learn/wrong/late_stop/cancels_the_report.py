"""Says: Stopped at 121.0 s, in a report: the report that began at 120.0 s was cut off."""

import trio


async def report_loop(send, token):
    sent, due = 0, trio.current_time()

    async def loop():
        nonlocal sent, due
        while True:
            await send()
            sent += 1
            due += 60
            await trio.sleep_until(due)

    await token.run_until_cancelled(loop)
    return sent
