import trio

from trio_patterns.timeline import Mark, mark, record


async def main() -> None:
    with record() as timeline:
        await trio.sleep(10)
        mark("oven is hot")
        await trio.sleep(30)
        mark("bread is done")
    first, second = timeline.recording.tasks[0].marks
    assert first == Mark(10, "oven is hot")
    assert (second.time, second.text) == (40, "bread is done")


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
