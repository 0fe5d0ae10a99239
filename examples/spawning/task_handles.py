"""Task handles: five parcels on their way, and every one accounted for.

Each parcel is a task. One order is withdrawn while its parcel is being packed, one parcel meets a closed
road. Compare with task_handles_broken, where the same tasks are detached.

Notice: one task is cancelled and its siblings go on; one fails and the block says so.
Run: python -m examples task_handles
Page: docs/patterns/spawning/task-handles.md
"""

from __future__ import annotations

import trio

from trio_patterns.spawning import TaskHandle, spawn

TRAVEL = {"A": 1.0, "B": 2.0, "C": 5.0, "D": 4.0, "E": 6.0}


async def ship(order: str, days: float) -> str:
    await trio.sleep(days)
    if order == "D":
        raise OSError("road closed")
    return f"{order} arrived"


async def main() -> None:
    start = trio.current_time()
    handles: list[TaskHandle[str]] = []
    try:
        async with trio.open_nursery() as nursery:
            # The nursery owns the tasks: the block can't end before the last one has. The handles are only
            # the strings by which we pull at single ones.
            handles += [spawn(nursery, ship, order, days, name=order) for order, days in TRAVEL.items()]
            a, _, c, *_ = handles
            news = await a.join()
            print(f"t={trio.current_time() - start:.1f} {news}")
            c.cancel("the customer changed her mind")
    except* OSError as group:
        # A failure ends the others, as always in a nursery. For parcels that may fail one by one, there is
        # open_join_set.
        print(f"t={trio.current_time() - start:.1f} the nursery ended: {group.exceptions[0]}")
    for handle in handles:
        if handle.cancelled:
            print(f"{handle.name}: cancelled")
        elif error := handle.exception():
            print(f"{handle.name}: failed, {error}")
        else:
            print(f"{handle.name}: {handle.result()}")


if __name__ == "__main__":
    trio.run(main)
