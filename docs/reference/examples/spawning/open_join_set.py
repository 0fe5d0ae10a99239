import trio

from trio_patterns.spawning import open_join_set


async def check(sensor: str, seconds: float) -> None:
    await trio.sleep(seconds)
    if sensor == "cellar":
        raise ConnectionError("no answer")


async def main() -> None:
    seen = []
    async with open_join_set() as tasks:
        for sensor, seconds in [("attic", 3), ("cellar", 1), ("garden", 2)]:
            tasks.spawn(check, sensor, seconds, name=sensor)
        async for handle in tasks:  # as they end; a failure is kept in its handle
            fine = handle.exception() is None
            seen.append((handle.name, fine))
    assert seen == [("cellar", False), ("garden", True), ("attic", True)]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
