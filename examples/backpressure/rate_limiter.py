"""Rate limiter: a steady rate, a burst after a pause, first come first served.

An API allows 10 requests in any second, and refuses the rest. Each takes 0.05 s.

Notice: the permits come in order, evenly; the caller that gave up cost none; nothing is refused.
Run: python -m examples rate_limiter
Page: docs/patterns/backpressure/rate-limiter.md
"""

from __future__ import annotations

from collections import deque

import trio

from trio_patterns.backpressure import RateLimiter, bounded_map


class Api:
    """Refuses what would be the eleventh request within a second."""

    def __init__(self) -> None:
        self.accepted: deque[float] = deque(maxlen=10)
        self.answers = {200: 0, 429: 0}

    async def get(self, page: int) -> None:
        now = trio.current_time()
        too_many = len(self.accepted) == 10 and now - self.accepted[0] < 1 - 1e-9
        if not too_many:
            self.accepted.append(now)
        self.answers[429 if too_many else 200] += 1
        await trio.sleep(0.05)


async def main() -> None:
    start = trio.current_time()
    api = Api()
    # In any second at most burst + rate requests start. With a burst of 2, 8 a second keep below the 10.
    limiter = RateLimiter(8, burst=2)

    async def fetch(page: int) -> None:
        await limiter.acquire()
        await api.get(page)

    await bounded_map(fetch, range(41), limit=5)
    answers = f"answered 200: {api.answers[200]}, refused 429: {api.answers[429]}"
    print(f"t={trio.current_time() - start:.1f} {answers}")

    slow = RateLimiter(1, burst=2)
    start = trio.current_time()

    async def caller(name: str, arrives: float, patience: float) -> None:
        await trio.sleep(arrives)
        with trio.move_on_after(patience) as scope:
            async with slow:
                print(f"t={trio.current_time() - start:.1f} {name} goes ahead")
        if scope.cancelled_caught:
            print(f"t={trio.current_time() - start:.1f} {name} gives up")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller, "first", 0.0, 9)
        nursery.start_soon(caller, "second (burst)", 0.1, 9)
        nursery.start_soon(caller, "third", 0.2, 0.5)
        nursery.start_soon(caller, "fourth", 0.3, 9)
        nursery.start_soon(caller, "fifth", 0.4, 9)


if __name__ == "__main__":
    trio.run(main)
