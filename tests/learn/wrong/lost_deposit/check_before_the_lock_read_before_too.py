"""Says: one deposit overwrites another."""

import trio


class Bank:
    def __init__(self, accounts, may_deposit):
        self._accounts, self._may_deposit, self._lock = accounts, may_deposit, trio.Lock()

    async def deposit(self, account_id, amount):
        account = await self._accounts.find_by_id(account_id)
        if account is None or not await self._may_deposit(account_id, amount):
            return False
        async with self._lock:
            account.balance += amount
            await self._accounts.save(account)
            return True
