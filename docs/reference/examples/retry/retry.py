import trio

from trio_patterns.retry import RetryPolicy, no_jitter, retry

failures = [ConnectionError("busy"), ConnectionError("busy")]


async def fetch(url: str) -> str:
    if failures:
        raise failures.pop()
    return f"page {url}"


async def main() -> None:
    policy = RetryPolicy(on=ConnectionError, base_delay=1.0, jitter=no_jitter)
    assert await retry(fetch, "/news", policy=policy) == "page /news"
    assert trio.current_time() == 1 + 2


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
