import trio

from trio_patterns.backpressure import bounded_map


async def fetch(page: int) -> str:
    await trio.sleep(1)
    return f"page {page}"


async def main() -> None:
    pages = await bounded_map(fetch, range(10), limit=5)
    assert pages == [
        f"page {number}" for number in range(10)
    ]  # in the order of the items
    assert trio.current_time() == 2  # two rounds of five


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
