import trio

from trio_patterns.timeline import TaskRecord, record


async def main() -> None:
    with record() as timeline:
        await trio.sleep(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2, name="tea")
    outer: TaskRecord
    outer, tea = timeline.recording.all_tasks()
    assert (tea.name, tea.start, tea.end) == ("tea", 1, 3)
    assert tea.ending.kind == "finished"
    assert list(outer.below()) == [outer, tea]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
