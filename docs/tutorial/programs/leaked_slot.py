"""Two slots at a printer; a slot belongs to a block."""

import trio

from trio_patterns.testing import cancel_sweep

slots = trio.Semaphore(2)


async def print_page(seconds: float) -> None:
    async with slots:
        await trio.sleep(seconds)


async def office() -> None:
    global slots
    slots = trio.Semaphore(2)
    async with trio.open_nursery() as nursery:
        for seconds in [1, 2, 3]:
            nursery.start_soon(print_page, seconds)


def test_every_slot_comes_back() -> None:
    print(cancel_sweep(office, check=lambda: slots.value == 2))
