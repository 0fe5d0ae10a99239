from functools import partial

import trio

from trio_patterns.spawning import race


async def fetch(mirror: str, seconds: float) -> str:
    await trio.sleep(seconds)
    return f"page from {mirror}"


async def main() -> None:
    slow, fast = partial(fetch, "Oslo", 60), partial(fetch, "Lima", 1)
    assert await race(slow, fast, stagger=0.5) == "page from Lima"
    assert trio.current_time() == 1.5  # Lima started half a second after Oslo


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
