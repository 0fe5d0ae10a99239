import trio

from trio_patterns.testing import Stalled, WaitGraph, fail_when_stalled


async def transfer(first: trio.Lock, second: trio.Lock) -> None:
    async with first, second:
        pass


async def main() -> None:
    ann, bob = trio.Lock(), trio.Lock()
    try:
        with fail_when_stalled():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(transfer, ann, bob, name="to bob")
                nursery.start_soon(transfer, bob, ann, name="to ann")
    except Stalled as stalled:
        graph: WaitGraph = stalled.graph
        assert [task.name for task in graph.tasks] == ["main", "to bob", "to ann"]
        assert set(graph.cycle) == {"to bob", "to ann"}  # each waits for the other


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
