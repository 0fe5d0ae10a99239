"""The same shop with a worker pool, which keeps the account itself."""

import trio

from trio_patterns.backpressure import WorkerPool, open_worker_pool
from trio_patterns.testing import cancel_sweep

accepted: list[str] = []
packed: list[str] = []
pools: list[WorkerPool[str]] = []


async def pack(order: str) -> None:
    await trio.sleep(1)
    packed.append(order)


async def shop() -> None:
    accepted.clear()
    packed.clear()
    pools.clear()
    async with open_worker_pool(pack, workers=1, buffer=0) as pool:
        pools.append(pool)
        for order in ["lamp", "book"]:
            await trio.sleep(2)
            await pool.submit(order)
            accepted.append(order)


def nothing_is_lost() -> bool:
    returned = pools[0].returned if pools else []
    return accepted == packed + returned


def test_no_order_is_lost() -> None:
    print(cancel_sweep(shop, check=nothing_is_lost))
