import trio

from trio_patterns.timeline import Cancellation, record


async def main() -> None:
    with record() as timeline, trio.move_on_after(5):
        await trio.sleep(60)
    hit: Cancellation = timeline.recording.tasks[0].cancellations[0]
    assert (hit.time, hit.source, hit.by) == (5, "deadline", "")


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
