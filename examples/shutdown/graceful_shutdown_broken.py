"""Graceful shutdown, as it is often written first: an event, and a timeout around the wait.

The same workers, the same hanging parcel service, the same two Ctrl-C at 2.5 and 4.5 seconds.
The second one has no effect when it is pressed, and a surprising one later.

Notice: "shutdown complete" is all that anybody hears, and one customer has paid for nothing.
Run: python -m examples graceful_shutdown_broken
Page: docs/patterns/shutdown/graceful-shutdown.md
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

import trio

GRACE_PERIOD = 6.0


@dataclass
class Shop:
    """What must agree in the end: an order that was charged is shipped."""

    charged: list[str] = field(default_factory=list)
    shipped: list[str] = field(default_factory=list)


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def fulfil(shop: Shop, order: str, seconds: float) -> None:
    shop.charged.append(order)
    await trio.sleep(seconds)  # the parcel service
    shop.shipped.append(order)
    say(f"{order} shipped")


async def worker(name: str, shop: Shop, seconds: float, stop: trio.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        await fulfil(shop, f"{name}{number}", seconds)
    say(f"worker {name} stops")


async def press_ctrl_c(*times: float) -> None:
    for time in times:
        await trio.sleep_until(START + time)
        say("Ctrl-C")
        signal.raise_signal(signal.SIGINT)


async def serve(shop: Shop) -> None:
    stop = trio.Event()
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        # BUG: the timeout is told to nobody: who it cut off, and where, is thrown away with it.
        with trio.CancelScope() as timeout:
            async with trio.open_nursery() as nursery:
                for name, seconds in (("A", 1.0), ("B", 1.6), ("C", 60.0)):
                    nursery.start_soon(worker, name, shop, seconds, stop)
                async for _ in signals:
                    break  # BUG: nobody reads the second one, so it does not hurry anything
                stop.set()
                timeout.deadline = trio.current_time() + GRACE_PERIOD
        say("shutdown complete")
    # The unread signal is raised again as the receiver closes, when all seems to be over.


async def main() -> None:
    global START
    START = trio.current_time()
    shop = Shop()
    async with trio.open_nursery() as outside:
        outside.start_soon(press_ctrl_c, 2.5, 4.5)
        try:
            await serve(shop)
        except KeyboardInterrupt:
            say("KeyboardInterrupt! The rest of the cleanup would be skipped.")
    print(f"charged {len(shop.charged)}, shipped {len(shop.shipped)}, to be looked at: ?")


if __name__ == "__main__":
    trio.run(main)
