"""Says: Your test passes for a transfer that takes no lock and loses updates."""

import trio

from trio_patterns.testing import explore


def check_transfer(transfer):
    accounts = []

    async def program():
        accounts[:] = [Account("ann", 100), Account("bob", 100)]  # noqa: F821 - the exercise's
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transfer, *accounts, 10)
            nursery.start_soon(transfer, *accounts[::-1], 10)

    explore(program, check=lambda: sum(account.balance for account in accounts) == 200)
