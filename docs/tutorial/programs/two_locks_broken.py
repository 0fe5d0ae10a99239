"""Two transfers, in opposite directions; each locks where the money comes from first."""

import trio

from trio_patterns.testing import explore

balance: dict[str, int] = {}
locks: dict[str, trio.Lock] = {}


async def transfer(source: str, target: str, amount: int) -> None:
    async with locks[source]:
        async with locks[target]:
            balance[source] -= amount
            balance[target] += amount


async def bank() -> None:
    for name in ["Ann", "Bob"]:
        balance[name] = 100
        locks[name] = trio.Lock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transfer, "Ann", "Bob", 10)
        nursery.start_soon(transfer, "Bob", "Ann", 5)


def test_transfers() -> None:
    explore(bank, check=lambda: balance == {"Ann": 95, "Bob": 105})
