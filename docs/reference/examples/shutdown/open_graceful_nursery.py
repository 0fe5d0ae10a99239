import trio

from trio_patterns.shutdown import CancellationToken, open_graceful_nursery


async def serve(token: CancellationToken, served: list[int]) -> None:
    while not token.cancelled:
        await trio.sleep(2)  # one guest
        served.append(len(served) + 1)


async def main() -> None:
    served: list[int] = []
    async with open_graceful_nursery(grace_period=10, signals=()) as nursery:
        nursery.start_soon(serve, nursery.token, served)
        await trio.sleep(5)
        nursery.shutdown("closing time")  # or SIGTERM, unless signals=()
    assert served == [1, 2, 3]  # the third was finished
    assert trio.current_time() == 6


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
