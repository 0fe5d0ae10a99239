"""A deposit and a bonus at once: each reads the balance, waits for the database, and writes."""

import trio

from trio_patterns.testing import explore

balance = 0


async def deposit() -> None:
    global balance
    before = balance
    await trio.lowlevel.checkpoint()  # the database answers
    balance = before + 10


async def bonus() -> None:
    global balance
    await trio.lowlevel.checkpoint()  # is there one this year?
    before = balance
    await trio.lowlevel.checkpoint()  # the database answers
    balance = before + 5


async def bank() -> None:
    global balance
    balance = 100
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit)
        nursery.start_soon(bonus)


def test_no_money_is_lost() -> None:
    explore(bank, check=lambda: balance == 115)
