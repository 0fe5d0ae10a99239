"""A deposit and a bonus at once: who reads the balance holds the lock until it is written."""

import trio

from trio_patterns.testing import explore

balance = 0
lock = trio.Lock()


async def deposit() -> None:
    global balance
    async with lock:
        before = balance
        await trio.lowlevel.checkpoint()  # the database answers
        balance = before + 10


async def bonus() -> None:
    global balance
    await trio.lowlevel.checkpoint()  # is there one this year?
    async with lock:
        before = balance
        await trio.lowlevel.checkpoint()  # the database answers
        balance = before + 5


async def bank() -> None:
    global balance, lock
    balance = 100
    lock = trio.Lock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit)
        nursery.start_soon(bonus)


def test_no_money_is_lost() -> None:
    print(explore(bank, check=lambda: balance == 115, strategy="exhaustive"))


def test_nor_if_one_of_them_is_slow() -> None:
    print(explore(bank, check=lambda: balance == 115, strategy="exhaustive", fair=False))
