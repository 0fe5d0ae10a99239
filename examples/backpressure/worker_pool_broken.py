"""Workers on a plain channel: what is in their hands, and in the buffer, is lost when they are cancelled.

Three workers save records, one a second each; after 2.5 seconds the program is told to stop.

Notice: the channel took 14 records, 6 were saved, and nobody can say where the other 8 are.
Run: python -m examples worker_pool_broken
Page: docs/patterns/backpressure/worker-pool.md
"""

from __future__ import annotations

import trio

sent: list[int] = []
saved: list[int] = []


async def save(record: int) -> None:
    await trio.sleep(1)
    saved.append(record)


async def worker(records: trio.MemoryReceiveChannel[int]) -> None:
    async for record in records:
        await save(record)  # BUG: cancelled here, the record is neither in the channel nor saved


async def main() -> None:
    sent.clear()
    saved.clear()
    with trio.move_on_after(2.5):
        async with trio.open_nursery() as nursery:
            send, receive = trio.open_memory_channel[int](5)
            for _ in range(3):
                nursery.start_soon(worker, receive)
            with send:
                for record in range(20):
                    await send.send(record)
                    sent.append(record)
    print(f"sent: {len(sent)}")
    print(f"saved: {len(saved)}")
    print("handed back: 0, a channel has no way to")
    print(f"lost: {len(sent) - len(saved)}")


if __name__ == "__main__":
    trio.run(main)
