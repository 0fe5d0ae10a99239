import trio

from trio_patterns.retry import AttemptScope, RetryPolicy, no_jitter, retry_context


async def ask(attempt: AttemptScope) -> str:
    if attempt.number < 3:  # a server that wakes up slowly
        await trio.sleep(60)
    return "pong"


async def main() -> None:
    policy = RetryPolicy(
        on=trio.TooSlowError, attempt_timeout=2.0, jitter=no_jitter
    )
    async for attempt in retry_context(policy):
        with attempt:  # ends what takes longer than 2 seconds
            assert await ask(attempt) == "pong"
    assert trio.current_time() == 2 + 0.1 + 2 + 0.2


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
