import trio
from trio.testing import MockClock

from trio_patterns.timeline import Timeline


async def breakfast() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 2, name="tea")
        nursery.start_soon(trio.sleep, 4, name="toast")


timeline = Timeline()
trio.run(breakfast, instruments=[timeline], clock=MockClock(autojump_threshold=0))
names = [task.name for task in timeline.recording.all_tasks()]
assert names == ["breakfast", "tea", "toast"]
