import trio

from trio_patterns.timeline import dump_tasks


async def main() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 3600, name="alarm clock")
        await trio.sleep(1)
        lines = dump_tasks().splitlines()
        assert lines[0].startswith("main runs at")
        assert lines[2].strip().startswith("alarm clock waits on sleep")
        nursery.cancel_scope.cancel()


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
