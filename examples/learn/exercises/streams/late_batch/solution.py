"""The batch that is always about to be written.

The deadline is set by the first event of a batch, and the later ones leave it alone.
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
    async for first in events:
        batch = [first]
        with trio.move_on_after(within):
            while len(batch) < size:
                try:
                    batch.append(await events.receive())
                except trio.EndOfChannel:
                    break
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
