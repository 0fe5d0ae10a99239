import trio

from trio_patterns.shutdown import CancellationToken


async def pack(token: CancellationToken, parcels: list[float]) -> None:
    while not token.cancelled:  # never stops halfway through a parcel
        await trio.sleep(3)
        parcels.append(trio.current_time())


async def main() -> None:
    token, parcels = CancellationToken(), []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pack, token.child(), parcels)
        await trio.sleep(7)
        token.cancel("closing time")
    assert parcels == [3, 6, 9]
    assert token.reason == "closing time"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
