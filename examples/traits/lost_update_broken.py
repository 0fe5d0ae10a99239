"""Two tasks find, change and save the same entity, and one change is lost.

Ann's deposit of 100 takes from t=0 to t=2, because a fraud check comes between reading and writing.
Bob's of 50 takes from t=1 to t=3. The account began with 0.

Notice: both deposits were confirmed, and the account holds 50; no error was raised anywhere.
Run: python -m examples lost_update_broken
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


async def deposit(accounts: Repository[str, Account], who: str, amount: int, start: float) -> None:
    account = await accounts.find_by_id("joint")
    assert account is not None
    print(f"t={trio.current_time() - start:.1f} {who} reads {account.balance}")
    await trio.sleep(2)  # the fraud check
    account.balance += amount
    # BUG: replaces the row, whatever was written to it since it was read
    await accounts.save(account)
    print(f"t={trio.current_time() - start:.1f} {who} writes {account.balance}: {amount} deposited")


async def main() -> None:
    start = trio.current_time()
    accounts = InMemoryRepository(Account)
    await accounts.save(Account("joint", 0))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit, accounts, "Ann", 100, start)
        await trio.sleep(1)
        nursery.start_soon(deposit, accounts, "Bob", 50, start)
    account = await accounts.find_by_id("joint")
    assert account is not None
    print(f"deposited: 150, on the account: {account.balance}")


if __name__ == "__main__":
    trio.run(main)
