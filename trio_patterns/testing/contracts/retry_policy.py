"""``retry_policy_contract``: what a policy promises together with what retries by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isclass
from typing import Any, cast

from ..._core.arguments import check_callable, check_seconds
from ...retry import RetryPolicy, retry
from .base import Contract, build_suite
from .retry_policy_cases import Unexpected
from .retry_policy_delays import Delays
from .retry_policy_endings import Endings
from .retry_policy_errors import Errors

__all__ = ["retry_policy_contract"]


class RetryPolicyContract(Endings, Errors, Delays):
    """What a policy promises together with what retries by it."""


def retry_policy_contract(
    policy: RetryPolicy | Callable[[], RetryPolicy],
    *,
    error: Callable[[], Exception] | None = None,
    other: Callable[[], Exception] | None = None,
    longest: float | None = None,
    retry: Callable[..., Awaitable[Any]] = retry,
    max_points: int | None = None,
) -> type[Contract]:
    """Return the tests of a retry policy: yours, with your jitter, predicate, hints and callback in it.

    A policy can be wrong in what you put into it: a jitter that grows beyond all bounds at call 1100, a
    predicate that takes everything for temporary, a callback that swallows a cancellation. So can what
    retries by it, if that is a function of your own: pass it as ``retry=``.

    Synopsis::

        TestMyPolicy = retry_policy_contract(MY_POLICY)

        TestMyPredicate = retry_policy_contract(
            RetryPolicy(on=is_temporary),
            error=lambda: HTTPError(503),
            other=lambda: HTTPError(404),
        )

    Without pytest:

    >>> from trio_patterns.retry import RetryPolicy
    >>> from trio_patterns.testing import retry_policy_contract
    >>> for case in retry_policy_contract(RetryPolicy(on=OSError, attempts=3)).cases():
    ...     case()

    Args:
      policy: A `trio_patterns.retry.RetryPolicy`, or a function that makes one.
      error: A function that makes an exception that the policy retries. None: the exception type that
        ``on`` names, made without arguments. Needed if ``on`` is a predicate.
      other: A function that makes one that it does not retry. None: an exception type that nobody knows, or
        nothing if ``on`` names ``Exception``; then the cases that need one are left out.
      longest: Seconds that no delay exceeds, >= 0. None: the policy's ``max_delay``. Needed for
        `trio_patterns.retry.additive_jitter`, which goes beyond that.
      retry: What retries, called as ``await retry(async_fn, policy=policy)``.
      max_points: Points at which a case is cancelled at most, int >= 1; None tries all.

    Returns:
      A `Contract`, to be given a name that begins with ``Test``.

    Raises:
      TypeError: if ``policy`` is neither a policy nor makes one, or another argument is no function.
      ValueError: if ``error`` is needed and not given, or a number is out of range.

    Cost:
      Up to 19 cases, about 0.3 s. Virtual time: a policy may wait for days.

    See Also:
      `trio_patterns.retry.retry`, `trio_patterns.retry.RetryPolicy`.
    """
    check_callable("retry", retry, "a function such as trio_patterns.retry.retry")
    make = policy if callable(policy) else lambda: policy
    made = make()
    if not isinstance(made, RetryPolicy):
        raise TypeError(f"policy must be a RetryPolicy or a function that makes one, got {made!r}")
    on = cast("object", made.on)
    types = cast("tuple[object, ...]", on if isinstance(on, tuple) else (on,))
    named = [cast("type[Exception]", each) for each in types if isclass(each)]
    if error is None:
        if not named:
            raise ValueError(
                f"error must be a function that makes a retryable exception, since on is a predicate, "
                f"got None (on={on!r})"
            )
        error = named[0]
    if other is None and not issubclass(Unexpected, tuple(named)):
        other = Unexpected
    check_callable("error", error, "a function that makes an exception")
    if other is not None:
        check_callable("other", other, "a function that makes an exception")
    if longest is not None:
        check_seconds("longest", longest)
    without: list[str] = []
    if other is None:
        without += ["test_another_error_is_raised_at_once", "test_a_mixed_group_is_not_retried"]
    if made.attempts == 1:
        without.append("test_a_group_is_retried_if_all_of_it_is")
    if made.timeout is None:
        without.append("test_timeout_bounds_the_whole")
    if made.attempt_timeout is None:
        without.append("test_attempt_timeout_bounds_each_call")
    return build_suite(
        RetryPolicyContract,
        "RetryPolicyContract",
        without=tuple(without),
        make_policy=make,
        make_error=error,
        make_other=other,
        longest=made.max_delay if longest is None else longest,
        retry=retry,
        max_points=max_points,
    )
