"""The pause that is longer than the patience.

`retry` looks at the deadline before each pause.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

from trio_patterns.retry import RetryPolicy, no_jitter, retry

policy = RetryPolicy(on=ConnectionError, attempts=5, base_delay=1, timeout=None, jitter=no_jitter)


async def fetch(request: Callable[[], Awaitable[str]]) -> str:
    return await retry(request, policy=policy)


async def main() -> None:
    async def request() -> str:
        print(f"t={trio.current_time():.1f} request")
        await trio.sleep(0.5)
        raise ConnectionError("the server is being updated")

    try:
        with trio.fail_after(10):
            await fetch(request)
    except (ConnectionError, trio.TooSlowError) as error:
        print(f"t={trio.current_time():.1f} the caller gets {type(error).__name__}: {error}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
