"""A test that cannot fail.

Each order is in one of the three lists, once, whatever has happened.
"""

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

    def all_there() -> None:
        assert sorted(shop.todo + shop.done + shop.returned) == [1, 2, 3]

    cancel_sweep(program, check=all_there)


async def careless_worker(shop: Shop) -> None:
    while shop.todo:
        order = shop.todo.pop()
        await trio.sleep(1)  # packs it
        shop.done.append(order)


def main() -> None:
    try:
        check_worker(careless_worker)
    except AssertionError:
        print("the careless worker does not pass the test")


if __name__ == "__main__":
    main()
