import trio

from trio_patterns.timeline import mark, record


async def bake() -> None:
    await trio.sleep(10)
    mark("oven is hot")  # does nothing where nothing is recorded
    await trio.sleep(30)


async def main() -> None:
    with record() as timeline:
        await bake()
    [note] = timeline.recording.tasks[0].marks
    assert (note.time, note.text) == (10, "oven is hot")


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
