import trio

from trio_patterns.testing import Stalled, WaitingTask, fail_when_stalled


async def main() -> None:
    kettle = trio.Event()
    try:
        with fail_when_stalled():
            await kettle.wait()  # BUG: nobody has switched it on
    except Stalled as stalled:
        task: WaitingTask = stalled.graph.tasks[0]
        assert (task.name, task.waits_for) == ("main", "a trio.Event")
        assert task.place is not None
        assert task.place.source.startswith("await kettle.wait()")
        assert task.held_by == ()  # an event has no owner


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
