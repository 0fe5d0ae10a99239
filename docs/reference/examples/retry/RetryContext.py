import trio

from trio_patterns.retry import RetryContext, RetryPolicy, no_jitter, retry_context


async def count_tries(context: RetryContext, failures: list[OSError]) -> int:
    async for attempt in context:
        with attempt:
            if failures:
                raise failures.pop()
    return attempt.number


async def main() -> None:
    context = retry_context(
        RetryPolicy(on=OSError, base_delay=1.0, jitter=no_jitter)
    )
    assert await count_tries(context, [OSError("busy")]) == 2
    assert await count_tries(context, []) == 1  # each loop over it begins anew
    assert trio.current_time() == 1


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
