"""Detached tasks: five parcels on their way, and nobody waits for them.

asyncio can start a task that nobody owns, so this script uses it (trio has no such call). The caller goes
on at once, says that all is well, and ends.

Notice: it reports success; one parcel arrived, one failed unseen, three were cut off on their way.
Run: python -m examples task_handles_broken
Page: docs/patterns/spawning/task-handles.md
"""

from __future__ import annotations

import asyncio

import trio

STEPS = {"A": 1, "B": 9, "C": 9, "D": 2, "E": 9}
arrived: list[str] = []
failed: list[str] = []
cut_off: list[str] = []


async def ship(order: str, steps: int) -> None:
    try:
        for _ in range(steps):
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        cut_off.append(order)
        raise
    if order == "D":
        failed.append(order)
        raise OSError("road closed")
    arrived.append(order)


async def take_orders() -> None:
    # asyncio mentions a failed task that it forgets in a log, at some time. Keep that out of this output.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    for order, steps in STEPS.items():
        # BUG: no owner: nobody waits for it, nobody sees its failure
        task = asyncio.create_task(ship(order, steps))
        del task
    for _ in range(3):
        await asyncio.sleep(0)
    print("all 5 orders are on their way, good night")


async def main() -> None:
    for log in (arrived, failed, cut_off):
        log.clear()
    asyncio.run(take_orders())
    print(f"exceptions that reached the caller: 0 of {len(failed)}")
    print(f"arrived: {', '.join(arrived)}")
    print(f"failed, and nobody knows: {', '.join(failed)}")
    print(f"cut off by the end of the program: {', '.join(sorted(cut_off))}")
    await trio.lowlevel.checkpoint()


if __name__ == "__main__":
    trio.run(main)
