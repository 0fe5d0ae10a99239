import trio

from trio_patterns.timeline import NurseryRecord, record


async def main() -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2, name="tea")
            nursery.start_soon(trio.sleep, 4, name="toast")
    kitchen: NurseryRecord = timeline.recording.tasks[0].nurseries[0]
    assert (kitchen.label, kitchen.start, kitchen.end) == ("nursery", 0, 4)
    assert [task.name for task in kitchen.tasks] == ["tea", "toast"]
    assert kitchen.place is not None and kitchen.place.function == "main"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
