import trio

from trio_patterns.retry import RetryPolicy, no_jitter, retry_context

failures = [ConnectionError("busy")]


policy = RetryPolicy(on=ConnectionError, base_delay=2.0, jitter=no_jitter)


async def main() -> None:
    tries = 0
    async for attempt in retry_context(policy):
        with attempt:
            tries += 1  # the block may use what is around it
            if failures:
                raise failures.pop()
    assert tries == 2
    assert trio.current_time() == 2


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
