"""Types that `retry` promises."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from typing import Any, assert_type

import trio

from trio_patterns.retry import (
    Attempt,
    AttemptScope,
    Backoff,
    Jitter,
    RetryContext,
    RetryPolicy,
    additive_jitter,
    full_jitter,
    no_jitter,
    retry,
    retry_context,
    retrying,
)

POLICY = RetryPolicy(on=OSError)


async def fetch(url: str, depth: int) -> bytes:
    await trio.lowlevel.checkpoint()
    return url.encode() * depth


def plain(url: str) -> bytes:
    return url.encode()


class Client:
    @retrying(POLICY)
    async def get(self, url: str, *, depth: int = 1) -> bytes:
        return await fetch(url, depth)


async def check_retry() -> None:
    assert_type(await retry(fetch, "a", 1, policy=POLICY), bytes)
    assert_type(await retry(partial(fetch, "a", depth=1), policy=POLICY), bytes)
    assert_type(await retry(lambda: fetch("a", 1), policy=POLICY), bytes)
    await retry(trio.sleep, 1, policy=POLICY)

    await retry(fetch, "a", policy=POLICY)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await retry(fetch, 1, "a", policy=POLICY)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await retry(fetch, "a", 1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await retry(plain, "a", policy=POLICY)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await retry(fetch("a", 1), policy=POLICY)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def check_retrying() -> None:
    decorated = retrying(POLICY)(fetch)
    await assert_type(decorated("a", 1), Coroutine[Any, Any, bytes])
    assert_type(await decorated(url="a", depth=1), bytes)
    assert_type(await Client().get("a", depth=2), bytes)
    callback: Callable[[str, int], Coroutine[Any, Any, bytes]] = decorated
    del callback

    await decorated("a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await Client().get("a", deep=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    retrying(POLICY)(plain)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    retrying(fetch)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def check_retry_context() -> None:
    assert_type(retry_context(POLICY), RetryContext)
    assert_type(aiter(retry_context(POLICY)), AsyncIterator[AttemptScope])
    async for attempt in retry_context(POLICY):
        assert_type(attempt, AttemptScope)
        with attempt as entered:
            assert_type(entered, AttemptScope)
            assert_type(entered.number, int)


def check_policy() -> None:
    assert_type(POLICY.with_(attempts=3, timeout=None), RetryPolicy)
    assert_type(POLICY.delays(), Iterator[float])
    RetryPolicy(on=(OSError, ValueError), retry_after=lambda error: 3.0, on_retry=lambda attempt: None)
    RetryPolicy(on=lambda error: "timeout" in str(error))

    RetryPolicy()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RetryPolicy(on=BaseException)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    RetryPolicy(on=trio.Cancelled)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    POLICY.with_(attemps=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    POLICY.with_(attempts="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    POLICY.attempts = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def check_jitters() -> None:
    def own(backoff: Backoff) -> float:
        return backoff.delay * backoff.rng.uniform(0.5, 2.0)

    async def wrong(backoff: Backoff) -> float:
        await trio.lowlevel.checkpoint()
        return backoff.delay

    jitters: list[Jitter] = [no_jitter, full_jitter, additive_jitter(1), own]
    RetryPolicy(on=OSError, jitter=jitters[0])
    RetryPolicy(on=OSError, jitter=wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    RetryPolicy(on=OSError, jitter=additive_jitter)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def check_attempt(attempt: Attempt) -> None:
    assert_type(attempt.number, int)
    assert_type(attempt.error, Exception)
    assert_type(attempt.delay, float)
