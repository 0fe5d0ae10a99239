import trio

from trio_patterns.streams import stream


async def fetch(page: int) -> str:
    await trio.sleep(1)
    return f"page {page}"


async def main() -> None:
    pages = stream(range(1000)).map(fetch, limit=4).take(8)  # nothing runs yet
    assert trio.current_time() == 0
    assert await pages.collect() == [f"page {number}" for number in range(8)]
    assert (
        trio.current_time() == 2
    )  # two rounds of four; the rest was never fetched


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
