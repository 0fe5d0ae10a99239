"""Two tasks find, change and save the same entity, one after the other.

The deposits of lost_update_broken, with a lock held from reading to writing; and a second way, for
several processes: every deposit is an entity of its own, so that nothing is ever replaced.

Notice: with the lock Bob reads after Ann has written; with facts nobody waits, and the sum is right too.
Run: python -m examples lost_update
Page: docs/patterns/traits/lost-update.md
"""

from __future__ import annotations

from dataclasses import dataclass

import trio

from trio_patterns.traits import InMemoryRepository, Repository


@dataclass
class Account:
    id: str
    balance: int


@dataclass(frozen=True)
class Deposit:
    # A key that the client chose makes the deposit safe to repeat: saved twice, it counts once.
    id: str
    amount: int


async def deposit(
    accounts: Repository[str, Account], lock: trio.Lock, who: str, amount: int, start: float
) -> None:
    # One lock for one account. It orders the tasks of this process; another process has another lock.
    async with lock:
        account = await accounts.find_by_id("joint")
        assert account is not None
        print(f"t={trio.current_time() - start:.1f} {who} reads {account.balance}")
        await trio.sleep(2)  # the fraud check
        account.balance += amount
        await accounts.save(account)
    print(f"t={trio.current_time() - start:.1f} {who} writes {account.balance}: {amount} deposited")


async def deposit_fact(deposits: Repository[str, Deposit], who: str, amount: int, start: float) -> None:
    await trio.sleep(2)  # the fraud check
    await deposits.save(Deposit(f"{who}-1", amount))
    print(f"t={trio.current_time() - start:.1f} {who}: {amount} deposited")


async def main() -> None:
    start = trio.current_time()
    accounts = InMemoryRepository(Account)
    await accounts.save(Account("joint", 0))
    lock = trio.Lock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit, accounts, lock, "Ann", 100, start)
        await trio.sleep(1)
        nursery.start_soon(deposit, accounts, lock, "Bob", 50, start)
    account = await accounts.find_by_id("joint")
    assert account is not None
    print(f"deposited: 150, on the account: {account.balance}")

    start = trio.current_time()
    deposits = InMemoryRepository(Deposit)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit_fact, deposits, "Ann", 100, start)
        await trio.sleep(1)
        nursery.start_soon(deposit_fact, deposits, "Bob", 50, start)
    total = await deposits.all().reduce(lambda total, fact: total + fact.amount, 0)
    print(f"deposited: 150, sum of the deposits: {total}")


if __name__ == "__main__":
    trio.run(main)
