import trio

from trio_patterns.testing import Holder, Stalled, fail_when_stalled


async def main() -> None:
    bathroom = trio.Lock()
    try:
        with fail_when_stalled():
            async with bathroom, trio.open_nursery() as nursery:
                # BUG: who has the key waits for who wants it.
                nursery.start_soon(bathroom.acquire, name="guest")
    except Stalled as stalled:
        [_, guest] = stalled.graph.tasks
        host: Holder = guest.held_by[0]
        assert host.task == "main"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
