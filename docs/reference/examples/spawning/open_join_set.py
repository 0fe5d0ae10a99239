import trio

from trio_patterns.spawning import open_join_set


async def check(sensor: str, seconds: float) -> None:
    await trio.sleep(seconds)
    if sensor == "cellar":
        raise ConnectionError("no answer")


async def main() -> None:
    seen = {}
    async with open_join_set() as tasks:
        for sensor, seconds in [("attic", 3), ("cellar", 1), ("garden", 2)]:
            tasks.spawn(check, sensor, seconds, name=sensor)
        async for handle in tasks:  # as they end; a failure is kept in its handle
            seen[handle.name] = "broken" if handle.exception() else "fine"
    assert list(seen.items()) == [
        ("cellar", "broken"),
        ("garden", "fine"),
        ("attic", "fine"),
    ]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
