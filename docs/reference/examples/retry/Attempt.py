import trio

from trio_patterns.retry import Attempt, RetryPolicy, no_jitter, retry

log = []


def note(attempt: Attempt) -> None:
    log.append(
        f"try {attempt.number}: {attempt.error}, next in {attempt.delay:g} s"
    )


async def fetch() -> str:
    if len(log) < 2:
        raise ConnectionError("busy")
    return "page"


async def main() -> None:
    policy = RetryPolicy(
        on=ConnectionError, base_delay=1.0, jitter=no_jitter, on_retry=note
    )
    assert await retry(fetch, policy=policy) == "page"
    assert log == ["try 1: busy, next in 1 s", "try 2: busy, next in 2 s"]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
