"""The batch that is always about to be written.

Events are written in batches of 100, and none may wait for more than 5 s.
By night one event comes every 4 s.

Mend `write_in_batches`: a batch is written when it has `size` events, or `within` seconds after its first
one.
At the end of the channel what is left is written at once.
An empty batch is never written.

Before you run it: when is the first event written?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def write_in_batches(
    events: trio.MemoryReceiveChannel[int],
    write: Callable[[list[int]], Awaitable[None]],
    size: int,
    within: float,
) -> None:
    batch: list[int] = []
    while True:
        try:
            with trio.move_on_after(within) as pause:
                batch.append(await events.receive())
        except trio.EndOfChannel:
            break
        if batch and (pause.cancelled_caught or len(batch) == size):
            await write(batch)
            batch = []
    if batch:
        await write(batch)


async def main() -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def night() -> None:
        with send:
            for number in range(120):
                await send.send(number)
                await trio.sleep(4)

    async def write(batch: list[int]) -> None:
        waited = trio.current_time() - 4 * batch[0]
        print(
            f"t={trio.current_time():.1f} {len(batch)} written; the first one has waited for {waited:.1f} s"
        )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(night)
        await write_in_batches(receive, write, size=100, within=5)


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
