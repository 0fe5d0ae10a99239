"""Graceful shutdown: tell the workers, let them finish, cut off what hangs, and say what that was.

Three workers charge for orders and ship them; the parcel service hangs on one of C's.
Ctrl-C is pressed at 2.5 seconds and, by someone impatient, again at 4.5.

Notice: A and B finish the order they are at, and the report names the order that was paid but not shipped.
Run: python -m examples graceful_shutdown
Page: docs/patterns/shutdown/graceful-shutdown.md
"""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass, field

import trio

from trio_patterns.shutdown import CancellationToken, open_graceful_nursery

GRACE_PERIOD = 6.0

# Every stage is logged with the names of the tasks left. Here the report is printed instead; a real program
# would set up logging, and have no need to.
logging.getLogger("trio_patterns.shutdown").addHandler(logging.NullHandler())


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


async def worker(name: str, shop: Shop, seconds: float, token: CancellationToken) -> None:
    number = 0
    while not token.cancelled:  # looked at between two orders, never within one
        number += 1
        await fulfil(shop, f"{name}{number}", seconds)
    say(f"worker {name} stops")


async def press_ctrl_c(*times: float) -> None:
    for time in times:
        await trio.sleep_until(START + time)
        say("Ctrl-C")
        signal.raise_signal(signal.SIGINT)


async def main() -> None:
    global START
    START = trio.current_time()
    shop = Shop()
    async with trio.open_nursery() as outside:
        outside.start_soon(press_ctrl_c, 2.5, 4.5)
        async with open_graceful_nursery(grace_period=GRACE_PERIOD) as nursery:
            for name, seconds in (("A", 1.0), ("B", 1.6), ("C", 60.0)):
                nursery.start_soon(worker, name, shop, seconds, nursery.token, name=f"worker {name}")
    report = nursery.report
    say(f"shutdown complete: {report.reason}, clean={report.clean}, forced={report.forced}")
    for task in report.overran:
        # A real program would log str(task), which has the file too.
        print(f"  cut off: {task.name}, which stood at line {task.line} in {task.function}()")
    unshipped = sorted(set(shop.charged) - set(shop.shipped))
    print(f"charged {len(shop.charged)}, shipped {len(shop.shipped)}, to be looked at: {unshipped}")


if __name__ == "__main__":
    trio.run(main)
