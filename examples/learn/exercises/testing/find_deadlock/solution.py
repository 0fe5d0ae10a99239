"""A test in one direction.

Two transfers in opposite directions, and balances that are looked at in the end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from trio_patterns.testing import explore


class Account:
    def __init__(self, name: str, balance: int) -> None:
        self.name = name
        self.balance = balance
        self.lock = trio.Lock()


Transfer = Callable[[Account, Account, int], Awaitable[None]]


def check_transfer(transfer: Transfer) -> None:
    balances: list[int] = []

    async def program() -> None:
        ann, bob = Account("ann", 100), Account("bob", 100)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transfer, ann, bob, 10)
            nursery.start_soon(transfer, bob, ann, 30)
        balances[:] = [ann.balance, bob.balance]

    explore(program, check=lambda: balances == [120, 80])


async def careless_transfer(giver: Account, taker: Account, amount: int) -> None:
    async with giver.lock, taker.lock:
        giver.balance -= amount
        taker.balance += amount


def main() -> None:
    try:
        check_transfer(careless_transfer)
    except AssertionError:
        print("the careless transfer does not pass the test")


if __name__ == "__main__":
    main()
