import trio

from trio_patterns.backpressure import WorkerPool, open_worker_pool


async def pack(order: str) -> None:
    await trio.sleep(2)


async def take_orders(pool: WorkerPool[str]) -> None:
    for order in ["tea", "milk", "salt"]:
        await pool.submit(order)


async def main() -> None:
    with trio.move_on_after(3):
        async with open_worker_pool(pack, workers=1) as pool:
            await take_orders(pool)
    # Cut off in the second order: what was accepted and not done comes back.
    assert pool.returned == ["milk", "salt"]
    assert pool.ledger.succeeded == 1


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
