import trio

from trio_patterns.backpressure import open_worker_pool


async def main() -> None:
    shipped: list[int] = []

    async def ship(order: int) -> None:
        await trio.sleep(2)
        shipped.append(order)

    async with open_worker_pool(ship, workers=2, buffer=1) as pool:
        for order in range(4):
            await pool.submit(order)
        assert trio.current_time() == 2  # the fourth order had to wait for room
    assert sorted(shipped) == [0, 1, 2, 3]  # the block ends when every job is done
    assert trio.current_time() == 4


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
