import trio

from trio_patterns.shutdown import CutOffTask, open_graceful_nursery


async def tail_log() -> None:
    await trio.sleep_forever()  # knows nothing of the token


async def main() -> None:
    async with open_graceful_nursery(grace_period=5, signals=()) as nursery:
        nursery.start_soon(tail_log, name="tail")
        nursery.shutdown("update")
    assert nursery.report is not None
    task: CutOffTask = nursery.report.overran[0]
    assert (task.name, task.function, task.line) == ("tail", "tail_log", 7)
    assert str(task) == f"tail at {task.file}:7 in tail_log"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
