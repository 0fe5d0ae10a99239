"""Transfers that are right, that hang, and that lose money: does the learner's test tell them apart?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import trio

from examples.learn.bench import Theirs


async def by_name(giver: Any, taker: Any, amount: int) -> None:
    """Right: everybody takes the locks in the same order."""
    first, second = sorted([giver, taker], key=lambda account: str(account.name))
    async with first.lock, second.lock:
        giver.balance -= amount
        await trio.lowlevel.checkpoint()
        taker.balance += amount


async def one_by_one(giver: Any, taker: Any, amount: int) -> None:
    """Right: never more than one lock at a time."""
    async with giver.lock:
        giver.balance -= amount
    async with taker.lock:
        taker.balance += amount


async def opposite(giver: Any, taker: Any, amount: int) -> None:
    """Wrong: each waits for the lock that the other one has."""
    async with giver.lock, taker.lock:
        giver.balance -= amount
        taker.balance += amount


async def unlocked(giver: Any, taker: Any, amount: int) -> None:
    """Wrong: reads before another one has written."""
    left, there = giver.balance - amount, taker.balance + amount
    await trio.lowlevel.checkpoint()
    giver.balance, taker.balance = left, there


async def half_locked(giver: Any, taker: Any, amount: int) -> None:
    """Wrong: the taker's balance is not protected."""
    async with giver.lock:
        giver.balance -= amount
    there = taker.balance
    await trio.lowlevel.checkpoint()
    taker.balance = there + amount


async def doubled(giver: Any, taker: Any, amount: int) -> None:
    """Wrong in every order: money is made."""
    await trio.lowlevel.checkpoint()
    giver.balance -= amount
    taker.balance += 2 * amount


RIGHT = {"locks in the order of the names": by_name, "never holds two locks": one_by_one}
WRONG = {
    "takes the giver's lock first, and hangs when two go in opposite directions": opposite,
    "takes no lock and loses updates": unlocked,
    "locks one of the two accounts only": half_locked,
    "makes money": doubled,
}


def check(theirs: Theirs) -> Iterator[str]:
    check_transfer = theirs.get("check_transfer")
    for what, transfer in RIGHT.items():
        try:
            check_transfer(transfer)
        except AssertionError as error:
            told = str(error).splitlines()[0] if str(error) else ""
            yield f"Your test fails for a transfer that {what}; it is right. It says: {told}"
    for what, transfer in WRONG.items():
        try:
            check_transfer(transfer)
        except AssertionError:
            continue
        yield f"Your test passes for a transfer that {what}."
