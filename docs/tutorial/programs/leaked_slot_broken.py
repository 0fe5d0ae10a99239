"""Two slots at a printer. Who is cancelled while printing keeps a slot for ever."""

import trio

from trio_patterns.testing import cancel_sweep

slots = trio.Semaphore(2)


async def print_page(seconds: float) -> None:
    await slots.acquire()
    await trio.sleep(seconds)
    slots.release()


async def office() -> None:
    global slots
    slots = trio.Semaphore(2)
    async with trio.open_nursery() as nursery:
        for seconds in [1, 2, 3]:
            nursery.start_soon(print_page, seconds)


def test_every_slot_comes_back() -> None:
    cancel_sweep(office, check=lambda: slots.value == 2)
