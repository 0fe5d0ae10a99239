"""A test in one direction.

Money goes from one account to another, and each account has a lock.
This test makes two transfers at once, in a hundred orders of the tasks, and all is well.
In production the program hangs once a week.

Mend `check_transfer`: it passes for every transfer that is right.
It raises an AssertionError for one that can hang, and for one that makes or loses money.

Before you run it: which two transfers can be in each other's way?
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
    async def program() -> None:
        ann, bob = Account("ann", 100), Account("bob", 100)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transfer, ann, bob, 10)
            nursery.start_soon(transfer, ann, bob, 20)

    explore(program)


async def careless_transfer(giver: Account, taker: Account, amount: int) -> None:
    async with giver.lock, taker.lock:
        giver.balance -= amount
        taker.balance += amount


def main() -> None:
    check_transfer(careless_transfer)
    print("the careless transfer passes the test")


if __name__ == "__main__":
    main()
