import trio

from trio_patterns.spawning import TaskNotDone, spawn


async def main() -> None:
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, trio.sleep, 5, name="bake")
        try:
            handle.result()
        except TaskNotDone as not_done:
            assert not_done.name == "bake"
        await handle.join()  # waits, and then there is a result
        assert handle.done
        assert trio.current_time() == 5


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
