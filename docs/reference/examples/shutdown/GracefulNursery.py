import trio

from trio_patterns.shutdown import GracefulNursery, open_graceful_nursery


async def watch(nursery: GracefulNursery, degrees: list[float]) -> None:
    for value in degrees:
        await trio.sleep(1)
        if value > 90:
            nursery.shutdown(f"{value} degrees")  # any task may ask for it


async def main() -> None:
    async with open_graceful_nursery(signals=()) as nursery:
        nursery.start_soon(watch, nursery, [60, 95])
        await nursery.token.wait()
    assert nursery.token.reason == "95 degrees"
    assert nursery.report is not None and nursery.report.clean


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
