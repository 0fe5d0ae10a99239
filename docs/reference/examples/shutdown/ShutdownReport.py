import trio

from trio_patterns.shutdown import ShutdownReport, open_graceful_nursery


def exit_status(report: ShutdownReport) -> int:
    return 0 if report.clean else 1


async def main() -> None:
    async with open_graceful_nursery(grace_period=5, signals=()) as nursery:
        nursery.start_soon(trio.sleep, 3, name="backup")
        nursery.start_soon(trio.sleep, 60, name="archive")
        nursery.shutdown("update")
    report = nursery.report
    assert report is not None and exit_status(report) == 1
    assert (report.reason, report.duration) == ("update", 5)
    assert report.finished == 2  # the backup, and the body of the block
    assert [task.name for task in report.overran] == ["archive"]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
