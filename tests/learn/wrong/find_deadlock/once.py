"""Says: Your test passes for a transfer that takes the giver's lock first"""

import trio

from trio_patterns.testing import explore


def check_transfer(transfer):
    balances = []

    async def program():
        ann, bob = Account("ann", 100), Account("bob", 100)  # noqa: F821 - the exercise's
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transfer, ann, bob, 10)
            nursery.start_soon(transfer, ann, bob, 20)
        balances[:] = [ann.balance, bob.balance]

    explore(program, check=lambda: balances == [70, 130])
