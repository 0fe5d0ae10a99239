import trio

from trio_patterns.backpressure import PoolStatistics, open_worker_pool


async def shrink(photo: str) -> None:
    await trio.sleep(3)


async def main() -> None:
    async with open_worker_pool(shrink, workers=1, buffer=1) as pool:
        for photo in ["a.jpg", "b.jpg", "c.jpg"]:
            await pool.submit(photo)
        now: PoolStatistics = pool.statistics()
        assert (now.queued, now.in_flight) == (1, 1)
        assert now.seconds_waited == 3  # for room: the workers are the bottleneck
    assert pool.statistics().peak_queued == 1


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
