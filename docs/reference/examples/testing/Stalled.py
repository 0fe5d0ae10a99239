import trio

from trio_patterns.testing import Stalled, fail_when_stalled


async def main() -> None:
    _, receive = trio.open_memory_channel[str](0)
    try:
        with fail_when_stalled():
            await receive.receive()  # BUG: nobody sends
    except Stalled as stalled:
        [task] = stalled.graph.tasks
        assert task.name == "main"
        assert task.waits_for == "an item from a trio.MemoryReceiveChannel"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
