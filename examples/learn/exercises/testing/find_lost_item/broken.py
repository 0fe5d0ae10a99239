"""A test that cannot fail.

A worker takes orders from a list, packs each, and writes down what is done.
When it is cancelled while it packs, it has to put the order into `returned`, or back into `todo`.
This test cancels the worker at every point, and looks at nothing.

Mend `check_worker`: it passes for every worker that is right.
It raises an AssertionError for a worker that loses an order, or has one in two places.
Change the `check=`; the rest can stay.

Before you run it: what must be true of the three lists, wherever the worker was cancelled?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import trio

from trio_patterns.testing import cancel_sweep


@dataclass
class Shop:
    todo: list[int] = field(default_factory=lambda: [1, 2, 3])
    done: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)


def check_worker(worker: Callable[[Shop], Awaitable[None]]) -> None:
    shop = Shop()

    async def program() -> None:
        nonlocal shop
        shop = Shop()
        await worker(shop)

    cancel_sweep(program, check=lambda: True)


async def careless_worker(shop: Shop) -> None:
    while shop.todo:
        order = shop.todo.pop()
        await trio.sleep(1)  # packs it
        shop.done.append(order)


def main() -> None:
    check_worker(careless_worker)
    print("the careless worker passes the test")


if __name__ == "__main__":
    main()
