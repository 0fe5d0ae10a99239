"""A limit on how many run at once is no limit on how often.

An API allows 10 requests in any second, and refuses the rest. Each takes 0.05 s.

Notice: five at a time sounds modest, and makes a hundred requests a second, nine of ten refused.
Run: python -m examples rate_limiter_broken
Page: docs/patterns/backpressure/rate-limiter.md
"""

from __future__ import annotations

from collections import deque

import trio

from trio_patterns.backpressure import bounded_map


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
    # BUG: five at a time, but each makes room for the next after 0.05 s
    await bounded_map(api.get, range(100), limit=5)
    answers = f"answered 200: {api.answers[200]}, refused 429: {api.answers[429]}"
    print(f"t={trio.current_time() - start:.1f} {answers}")


if __name__ == "__main__":
    trio.run(main)
