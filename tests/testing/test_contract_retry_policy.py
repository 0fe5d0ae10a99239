"""`retry_policy_contract` passes sound policies and finds what is wrong with these, and with what retries."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import trio

from tests.testing.contract_runs import broken_promise, case_of
from trio_patterns.retry import (
    Attempt,
    Backoff,
    RetryPolicy,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    no_jitter,
    retry,
    retry_context,
)
from trio_patterns.testing import Contract, retry_policy_contract


def is_temporary(error: Exception) -> bool:
    return isinstance(error, OSError)


async def note(attempt: Attempt) -> None:
    await trio.sleep(0.01)


async def retry_with_a_block(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    async for attempt in retry_context(policy):
        with attempt:
            return await async_fn()
    raise AssertionError


ON = (ConnectionError, TimeoutError)
TestDefaults = retry_policy_contract(RetryPolicy(on=OSError))
TestEverythingSet = retry_policy_contract(
    lambda: RetryPolicy(
        on=(*ON, trio.TooSlowError),
        attempts=8,
        base_delay=0.5,
        max_delay=10.0,
        multiplier=3,
        jitter=equal_jitter,
        timeout=40.0,
        attempt_timeout=6.0,
        retry_after=lambda error: 2.0,
        on_retry=note,
        rng=random.Random(7),
    ),
    max_points=40,
)
TestForEver = retry_policy_contract(
    RetryPolicy(on=ON, attempts=10**9, jitter=decorrelated_jitter), max_points=40
)
TestOnce = retry_policy_contract(RetryPolicy(on=Exception, attempts=1, attempt_timeout=1.0))
TestNoDelay = retry_policy_contract(RetryPolicy(on=ON, attempts=3, base_delay=0.0))
TestAdditive = retry_policy_contract(
    RetryPolicy(on=ON, max_delay=5.0, jitter=additive_jitter(1.0), timeout=3.0), longest=6.0
)
TestPredicate = retry_policy_contract(RetryPolicy(on=is_temporary), error=OSError, other=ValueError)
TestBlock = retry_policy_contract(RetryPolicy(on=ON, jitter=no_jitter), retry=retry_with_a_block)


def test_cases_that_do_not_apply_are_left_out() -> None:
    """Rather than passed over in silence."""

    def names(contract: type[Contract]) -> set[str]:
        return {case.__name__ for case in contract.cases()}

    everything = names(TestEverythingSet)
    assert names(TestDefaults) == everything - {
        "test_timeout_bounds_the_whole",
        "test_attempt_timeout_bounds_each_call",
    }
    assert names(TestOnce) == everything - {
        "test_timeout_bounds_the_whole",
        "test_another_error_is_raised_at_once",
        "test_a_mixed_group_is_not_retried",
        "test_a_group_is_retried_if_all_of_it_is",
    }


# What a policy is made of


def grows_too_far(backoff: Backoff) -> float:
    return float(2**backoff.number)


def half_a_second_less(backoff: Backoff) -> float:
    return backoff.delay - 0.5


def above_the_cap_at_times(backoff: Backoff) -> float:
    return backoff.delay * backoff.rng.uniform(0.5, 1.5)


def everything(error: Exception) -> bool:
    return True


def looks_at_errno(error: Exception) -> bool:
    return error.errno is None  # type: ignore[attr-defined, no-any-return]


async def swallows(attempt: Attempt) -> None:
    with suppress(trio.Cancelled):
        await trio.sleep(1)


async def shields(attempt: Attempt) -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(60)


def fails(attempt: Attempt) -> None:
    raise RuntimeError("the log is full")


SOUND = RetryPolicy(on=OSError, base_delay=0.2, max_delay=30.0, jitter=no_jitter)


@pytest.mark.parametrize(
    ("options", "case", "says"),
    [
        ({"jitter": grows_too_far}, "every_delay_is_within_bounds", "after call 5 it is 32.0"),
        ({"jitter": grows_too_far}, "no_delay_overflows_however_many_calls", "after call 5 it is 32.0"),
        ({"jitter": half_a_second_less}, "every_delay_is_within_bounds", "after call 1 there is ValueError"),
        ({"jitter": above_the_cap_at_times}, "every_delay_is_within_bounds", "between 0 and 30"),
        ({"on_retry": shields}, "the_time_between_two_calls_is_within_bounds", "time of on_retry included"),
        ({"on_retry": shields}, "a_cancellation_in_a_delay_ends_it_at_once", "it went on for 60 s"),
        ({"on_retry": shields}, "it_does_not_wait_beyond_a_deadline", "gives up at once"),
        ({"on_retry": swallows}, "cancelled_at_any_point_it_calls_no_more", "Cancelled was swallowed"),
        ({"on_retry": fails}, "giving_up_raises_the_last_error_itself", "it gives up after 5 calls"),
        ({"on_retry": shields, "timeout": 20.0}, "timeout_bounds_the_whole", "all ends within timeout=20 s"),
        ({"on": everything}, "another_error_is_raised_at_once", "is not retried; 4 calls"),
        ({"on": everything}, "a_mixed_group_is_not_retried", "is not retried; 4 calls"),
    ],
)
def test_what_is_wrong_in_a_policy_is_found(options: Any, case: str, says: str) -> None:
    contract = retry_policy_contract(SOUND.with_(**options), error=OSError, other=LookupError)
    assert says in broken_promise(contract, case)


def test_a_predicate_that_fails_shows_its_own_error() -> None:
    contract = retry_policy_contract(SOUND.with_(on=looks_at_errno), error=OSError, other=LookupError)
    assert "AttributeError" in broken_promise(contract, "another_error_is_raised_at_once")


# What retries by it


async def swallowing(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    """Retry whatever comes."""
    delays = policy.delays()
    while True:
        try:
            return await async_fn()
        except BaseException:
            delay = next(delays, None)
            if delay is None:
                raise
        await trio.sleep(delay)


async def eager(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    """Retry whatever comes, at once."""
    for _ in policy.delays():
        try:
            return await async_fn()
        except BaseException:  # noqa: ASYNC103
            continue
    return await async_fn()


async def at_once(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    """Retry without a checkpoint between two calls."""
    for _ in policy.delays():
        with suppress(OSError):
            return await async_fn()
    return await async_fn()


async def wrapping(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    try:
        return await retry(async_fn, policy=policy)
    except OSError as exc:
        raise OSError("gave up") from exc


async def without_a_note(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    try:
        return await retry(async_fn, policy=policy)
    except OSError as exc:
        exc.__notes__.clear()
        raise


async def once_more(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return await retry(async_fn, policy=policy.with_(attempts=policy.attempts + 1))


async def once_only(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return await async_fn()


async def once_less(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return await retry(async_fn, policy=policy.with_(attempts=policy.attempts - 1))


async def to_be_sure(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    await retry(async_fn, policy=policy)
    return await retry(async_fn, policy=policy)


async def truthy_or_none(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return list(await retry(async_fn, policy=policy) or ()) or None


async def without_timeouts(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return await retry(async_fn, policy=policy.with_(timeout=None, attempt_timeout=None))


async def slow_timeouts(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    return await retry(async_fn, policy=policy.with_(attempt_timeout=2 * (policy.attempt_timeout or 1.0)))


async def another_error(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    try:
        return await slow_timeouts(async_fn, policy=policy)
    except trio.TooSlowError:
        raise OSError("too slow") from None


_left = 0


async def counting_all_together(async_fn: Callable[[], Awaitable[Any]], *, policy: RetryPolicy) -> Any:
    """Keep one count for all calls."""
    global _left
    _left = _left or policy.attempts
    while True:
        try:
            return await async_fn()
        except OSError:
            _left -= 1
            if not _left:
                raise
            await trio.sleep(1)


@pytest.mark.parametrize(
    ("engine", "case", "says"),
    [
        (eager, "a_cancellation_is_never_retried", "never retried; 5 calls"),
        (eager, "a_group_with_a_cancellation_is_never_retried", "never retried; 5 calls"),
        (swallowing, "exit_requests_are_never_retried", "KeyboardInterrupt is not retried; 4 calls"),
        (swallowing, "cancelled_at_any_point_it_calls_no_more", "Cancelled was swallowed"),
        (
            at_once,
            "cancelled_at_any_point_it_calls_no_more",
            "after a cancellation no call is made; call [2] was",
        ),
        (swallowing, "it_does_not_wait_beyond_a_deadline", "gives up at once"),
        (wrapping, "giving_up_raises_the_last_error_itself", "OSError('gave up')"),
        (wrapping, "it_does_not_wait_beyond_a_deadline", "raises the last error itself"),
        (without_a_note, "giving_up_raises_the_last_error_itself", "of 5 it lists 0"),
        (once_more, "giving_up_raises_the_last_error_itself", "gives up after 5 calls; 6"),
        (once_less, "a_failure_that_passes_is_no_failure", "after 4 calls OSError"),
        (to_be_sure, "a_success_is_called_once", "is not repeated; 2 calls"),
        (truthy_or_none, "a_success_is_called_once", "what the call returned is returned"),
        (counting_all_together, "calls_share_nothing", "OSError"),
        (slow_timeouts, "attempt_timeout_bounds_each_call", "each call ends within attempt_timeout=5 s"),
        (another_error, "attempt_timeout_bounds_each_call", "fails with TooSlowError"),
        (without_timeouts, "timeout_bounds_the_whole", "all ends within timeout=50 s"),
        (once_only, "a_group_is_retried_if_all_of_it_is", "after 1 calls"),
    ],
)
def test_what_is_wrong_in_what_retries_is_found(engine: Any, case: str, says: str) -> None:
    policy = SOUND.with_(attempt_timeout=5.0, timeout=50.0)
    contract = retry_policy_contract(policy, retry=engine)
    assert says in broken_promise(contract, case)


def test_too_few_delays_are_found() -> None:
    contract: Any = retry_policy_contract(SOUND)
    contract.make_policy = staticmethod(lambda: _Fewer())
    with pytest.raises(AssertionError, match="between 5 calls there are 4 delays; 3"):
        case_of(contract, "there_is_a_delay_between_two_calls")()


class _Fewer:
    """Looks like a policy whose delays end too early."""

    attempts = 5

    def with_(self, **changes: object) -> _Fewer:
        return self

    def delays(self) -> list[float]:
        return [0.0] * 3


def test_arguments_are_checked_at_the_call() -> None:
    bad: Any = "policy"
    with pytest.raises(
        TypeError, match="policy must be a RetryPolicy or a function that makes one, got 'policy'"
    ):
        retry_policy_contract(bad)
    with pytest.raises(
        ValueError, match="error must be a function that makes a retryable exception, since on is"
    ):
        retry_policy_contract(RetryPolicy(on=is_temporary))
    with pytest.raises(TypeError, match="error must be a function that makes an exception"):
        retry_policy_contract(SOUND, error=bad)
    with pytest.raises(TypeError, match="other must be a function that makes an exception"):
        retry_policy_contract(SOUND, other=bad)
    with pytest.raises(TypeError, match=r"retry must be a function such as trio_patterns\.retry\.retry"):
        retry_policy_contract(SOUND, retry=bad)
    with pytest.raises(ValueError, match="longest must be"):
        retry_policy_contract(SOUND, longest=-1.0)
