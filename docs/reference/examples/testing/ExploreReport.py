import trio

from trio_patterns.testing import ExploreReport, explore


async def two_sleepers() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
        nursery.start_soon(trio.lowlevel.checkpoint)


report: ExploreReport = explore(two_sleepers, strategy="exhaustive")
assert report.complete  # there is no other order
assert report.schedules == report.distinct == 4
