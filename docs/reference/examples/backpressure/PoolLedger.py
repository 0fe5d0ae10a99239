import trio

from trio_patterns.backpressure import PoolLedger, open_worker_pool


async def charge(cents: int) -> None:
    await trio.sleep(1)
    if cents < 0:
        raise ValueError(f"cannot charge {cents}")


async def main() -> None:
    async with open_worker_pool(charge, on_error="collect") as pool:
        for cents in [250, -1, 999]:
            await pool.submit(cents)
    ledger: PoolLedger = pool.ledger
    assert ledger == PoolLedger(accepted=3, succeeded=2, failed=1, returned=0)
    assert pool.failures[0][0] == -1  # the job; behind it, its exception


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
