"""Retry-After: let the server say when to come back, but not whatever it says.

An overloaded server sends the header in all the forms that are met in practice, nonsense included.

Notice: an hour is cut to ``max_delay``, and what makes no sense leaves the policy's own delay in force.
Run: python -m examples retry_after
Page: docs/patterns/retry/retry-after.md
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import trio

from trio_patterns.retry import Attempt, RetryPolicy, no_jitter, retry

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
RNG = random.Random(1)


def wall_clock() -> datetime:
    """Return the date and time; a real app asks ``datetime.now(UTC)``."""
    return NEW_YEAR + timedelta(seconds=trio.current_time() - START)


class TooManyRequestsError(Exception):
    """Status 429, with its Retry-After header if there was one."""

    def __init__(self, header: str | None) -> None:
        super().__init__(f"429, Retry-After: {header}")
        self.header = header


def retry_after(error: Exception) -> float | None:
    """Return the seconds that the server asks for: the header is a number of seconds, or a date."""
    header = error.header if isinstance(error, TooManyRequestsError) else None
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        # "-0000" says that the zone is unknown, and the result is naive; HTTP dates are always GMT.
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - wall_clock()).total_seconds()
    # The policy ignores a negative number. Everybody was given the same answer, so add a little of one's
    # own: a hint is waited for as it is, without jitter.
    return seconds if seconds < 0 else seconds + RNG.uniform(0.0, 0.04)


async def request(headers: list[str | None]) -> str:
    await trio.lowlevel.checkpoint()
    if headers:
        raise TooManyRequestsError(headers.pop(0))
    return "200"


def report(attempt: Attempt) -> None:
    print(f"t={trio.current_time() - START:.1f} {attempt.error} -> wait {attempt.delay:.1f} s")


START = 0.0


async def main() -> None:
    global START
    START = trio.current_time()
    policy = RetryPolicy(
        on=TooManyRequestsError,
        attempts=10,
        base_delay=0.2,
        multiplier=1.0,
        max_delay=3.0,
        jitter=no_jitter,
        retry_after=retry_after,
        on_retry=report,
    )
    headers = [
        "1",
        format_datetime(NEW_YEAR + timedelta(seconds=3), usegmt=True),
        "3600",
        None,
        "-5",
        "soon",
        format_datetime(NEW_YEAR - timedelta(days=1), usegmt=True),
        "nan",
    ]
    answer = await retry(request, headers, policy=policy)
    print(f"t={trio.current_time() - START:.1f} {answer}")


if __name__ == "__main__":
    trio.run(main)
