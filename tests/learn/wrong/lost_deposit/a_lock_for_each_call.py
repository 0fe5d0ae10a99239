"""Says: one deposit overwrites another."""

import trio


class Bank:
    def __init__(self, accounts, may_deposit):
        self._accounts, self._may_deposit = accounts, may_deposit

    async def deposit(self, account_id, amount):
        async with trio.Lock():
            account = await self._accounts.find_by_id(account_id)
            if account is None or not await self._may_deposit(account_id, amount):
                return False
            account.balance += amount
            await self._accounts.save(account)
            return True
