"""The deposit that is gone.

The fraud check waits outside; only reading and saving belong together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio
from trio.testing import MockClock

from trio_patterns.traits import InMemoryRepository, Repository


@dataclass
class Account:
    id: str
    balance: int = 0


class Bank:
    def __init__(
        self, accounts: Repository[str, Account], may_deposit: Callable[[str, int], Awaitable[bool]]
    ) -> None:
        self._accounts = accounts
        self._may_deposit = may_deposit
        self._lock = trio.Lock()

    async def deposit(self, account_id: str, amount: int) -> bool:
        if not await self._may_deposit(account_id, amount):
            return False
        async with self._lock:
            account = await self._accounts.find_by_id(account_id)
            if account is None:
                return False
            account.balance += amount
            await self._accounts.save(account)
            return True


async def main() -> None:
    async def may_deposit(account_id: str, amount: int) -> bool:
        await trio.sleep(2)
        return True

    accounts = InMemoryRepository(Account)
    await accounts.save(Account("joint"))
    bank = Bank(accounts, may_deposit)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bank.deposit, "joint", 100)
        await trio.sleep(1)
        nursery.start_soon(bank.deposit, "joint", 50)
    account = await accounts.find_by_id("joint")
    assert account is not None
    print(f"t={trio.current_time():.1f} deposited: 100 + 50, on the account: {account.balance}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
