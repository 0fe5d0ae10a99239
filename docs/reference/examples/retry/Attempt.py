import trio

from trio_patterns.retry import Attempt, RetryPolicy, no_jitter, retry

log = []


def note(attempt: Attempt) -> None:
    log.append(f"{attempt.number}: {attempt.error}, again in {attempt.delay:g} s")


async def fetch() -> str:
    if len(log) < 2:
        raise ConnectionError("busy")
    return "page"


async def main() -> None:
    policy = RetryPolicy(
        on=OSError, base_delay=1.0, jitter=no_jitter, on_retry=note
    )
    assert await retry(fetch, policy=policy) == "page"
    assert log == ["1: busy, again in 1 s", "2: busy, again in 2 s"]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
