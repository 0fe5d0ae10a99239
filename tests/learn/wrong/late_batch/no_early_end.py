"""Says: Two events, and the channel ends at 3.0 s: written is [0, 1] at 6.0 s"""

import trio


async def write_in_batches(events, write, size, within):
    ended = False
    while not ended:
        try:
            batch = [await events.receive()]
        except trio.EndOfChannel:
            return
        deadline = trio.current_time() + within
        with trio.move_on_at(deadline):
            while len(batch) < size:
                try:
                    batch.append(await events.receive())
                except trio.EndOfChannel:
                    ended = True
                    await trio.sleep_until(deadline)
        await write(batch)
