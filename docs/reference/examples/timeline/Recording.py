import trio

from trio_patterns.timeline import Recording, record


def slowest(recording: Recording) -> str:
    tasks = list(recording.all_tasks())[1:]  # the first is the one that records
    return max(tasks, key=lambda task: task.end - task.start).name


async def main() -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2, name="tea")
            nursery.start_soon(trio.sleep, 4, name="toast")
    assert slowest(timeline.recording) == "toast"
    assert (timeline.recording.duration, timeline.recording.dropped) == (4, 0)


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
