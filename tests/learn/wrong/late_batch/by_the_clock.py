"""Says: One event at 1.0 s, and no other: written is [0] at 5.0 s; it should be [0] at 6.0 s."""

import trio


async def write_in_batches(events, write, size, within):
    batch, due = [], trio.current_time() + within
    while True:
        try:
            with trio.move_on_at(due) as scope:
                batch.append(await events.receive())
        except trio.EndOfChannel:
            break
        if scope.cancelled_caught:
            due += within
        if batch and (scope.cancelled_caught or len(batch) == size):
            await write(batch)
            batch = []
    if batch:
        await write(batch)
