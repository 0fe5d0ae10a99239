"""A call that succeeds at once under a retry policy of five attempts, which is nearly every call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from trio_patterns.retry import RetryPolicy, retry, retrying

from ..model import Contender, Work, at_most, faster
from ..timed import Sizes, TimedCase
from .shared import numbers, returned_at_once

__all__ = ["CASES"]

POLICY = RetryPolicy(on=ConnectionError, attempts=5)


async def _own(n: int) -> list[int]:
    return [await retry(returned_at_once, item, policy=POLICY) for item in range(n)]


def _each(call: Callable[[int], Awaitable[int]]) -> Work:
    async def run(n: int) -> list[int]:
        return [await call(item) for item in range(n)]

    return run


def _tenacity() -> Work:
    import tenacity

    decorate = tenacity.retry(
        retry=tenacity.retry_if_exception_type(ConnectionError),
        stop=tenacity.stop_after_attempt(5),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=30),
        reraise=True,
    )
    return _each(decorate(returned_at_once))


def _stamina() -> Work:
    import stamina

    return _each(stamina.retry(on=ConnectionError, attempts=5)(returned_at_once))


def _backoff() -> Work:
    import backoff

    return _each(backoff.on_exception(backoff.expo, ConnectionError, max_tries=5)(returned_at_once))


OWN = "retry()"
DECORATED = "@retrying"
BARE = "the call alone"
TENACITY = "tenacity on trio"
STAMINA = "stamina on trio"
BACKOFF = "backoff on asyncio"

RETRY = TimedCase(
    slug="retry",
    title="retry, success on the first call, of a function that never suspends",
    contenders=(
        Contender(OWN, lambda: _own),
        Contender(DECORATED, lambda: _each(retrying(POLICY)(returned_at_once))),
        Contender(BARE, lambda: _each(returned_at_once)),
        Contender(TENACITY, _tenacity, needs="tenacity"),
        Contender(STAMINA, _stamina, needs="stamina"),
        Contender(BACKOFF, _backoff, "asyncio", needs="backoff"),
    ),
    targets=(
        faster("retry, success on the first call, against tenacity", OWN, TENACITY, 50, 90),
        faster("... against stamina", OWN, STAMINA, 40, 70),
        faster("... against backoff", OWN, BACKOFF, 5, 9),
        faster("@retrying, against tenacity", DECORATED, TENACITY),
        faster("@retrying, against stamina", DECORATED, STAMINA),
        faster("@retrying, against backoff", DECORATED, BACKOFF),
        at_most("retry, against the call alone", OWN, BARE),
    ),
    sizes=Sizes(full=10_000, quick=3_000),
    expected=numbers,
    unit="call",
)

CASES = (RETRY,)
