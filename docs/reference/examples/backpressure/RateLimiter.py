import trio

from trio_patterns.backpressure import RateLimiter

two_a_second = RateLimiter(2)


async def main() -> None:
    calls = []
    for _ in range(4):
        async with two_a_second:
            calls.append(trio.current_time())
    assert calls == [0.0, 0.5, 1.0, 1.5]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
