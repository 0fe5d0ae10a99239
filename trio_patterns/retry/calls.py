"""Retry a function: `retry` for one call, `retrying` for every call of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from inspect import isawaitable
from typing import Any, Final, ParamSpec, TypeVar, TypeVarTuple, cast

from .._core.arguments import check_async_fn, check_awaitable
from .block import AttemptScope
from .history import History
from .policy import RetryPolicy, check_policy

__all__ = ["retry", "retrying"]

P = ParamSpec("P")
PosArgsT = TypeVarTuple("PosArgsT")
T = TypeVar("T")

#: Stands for what a function returned as long as it has not.
_NOTHING: Final[Any] = object()


async def retry(async_fn: Callable[[*PosArgsT], Awaitable[T]], *args: *PosArgsT, policy: RetryPolicy) -> T:
    """Call ``async_fn(*args)``, again after a failure that may pass, until it returns.

    Only for what may be repeated: a call that failed may have had its effect all the same, so give requests
    that change something an idempotency key. Retry at one layer; retries inside retries multiply.

    Synopsis::

        policy = RetryPolicy(on=ConnectionError, attempts=4)
        page = await retry(fetch, url, policy=policy)

    Args:
      async_fn: The async function to call, the function itself and not a call of it.
      args: Its positional arguments. For keyword arguments use `functools.partial`.
      policy: What to retry, how often and how long apart.

    Returns:
      What the first successful call returned.

    Raises:
      Exception: when the policy gives up, or the error is none to be retried, the last exception itself,
        with its traceback. If there was more than one attempt, or another one was due, it carries a note
        listing every attempt: number, error, and the delay after it. (Of more than 100, the first and the
        last 50.) Giving up comes when no attempts are left, and as soon as the next call would be due at or
        after the end of ``timeout`` or the deadline of any cancel scope around: it does not wait for that.
      trio.TooSlowError: if ``timeout`` passed in the middle of a call, with the note, and the last failure
        before as ``__cause__``, if any; or if the last attempt took longer than ``attempt_timeout``.
      TypeError: if ``async_fn`` is not an async function, or ``policy`` not a `RetryPolicy`.

    Cancellation:
      Passes at once, in a call and in the delays between, and is never retried, nor is a group that holds
      one. If a timeout cancels a call whose cleanup raises, that error counts, and its note says so.
      A checkpoint exactly when ``async_fn`` is one, and in every delay.

    Cost:
      If the first call succeeds and the policy has no timeouts: one coroutine, and no other object made.
      With a timeout, one cancel scope for each call. Nothing is held while it waits but what you hold
      yourself: take limiters inside ``async_fn``, and they are free during the delays.

    See Also:
      `retrying`, `retry_context`.
    """
    if policy.__class__ is not RetryPolicy:
        check_policy(policy)  # type: ignore[unreachable]
    if not policy._unbounded:
        check_async_fn("async_fn", async_fn)
        return await _attempts(History(policy, async_fn), async_fn, args, {})
    made = _NOTHING
    try:
        made = async_fn(*args)
        return await made
    except Exception as exc:
        history = _first_failure(policy, async_fn, made, exc)
        if history is None:
            raise
    # Out of the `except` block: the errors of later calls must not have this one as their context.
    await history.pause()
    return await _attempts(history, async_fn, args, {})


def retrying(
    policy: RetryPolicy,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Decorate an async function or method so that every call of it is retried.

    Use it where the function is always to be retried, whoever calls; otherwise leave the decision to the
    caller, with `retry`. The undecorated function stays reachable as ``__wrapped__``.

    Synopsis::

        @retrying(RetryPolicy(on=ConnectionError))
        async def fetch(url: str, *, timeout: float = 5.0) -> bytes: ...

    Args:
      policy: What to retry, how often and how long apart.

    Returns:
      A decorator. The decorated function has the same parameters, and behaves as under `retry`.

    Raises:
      TypeError: if ``policy`` is not a `RetryPolicy`, as in ``@retrying`` without the call; when
        decorating, if it is not an async function.

    Cancellation:
      As for `retry`.

    Cost:
      As for `retry`.
    """
    check_policy(policy)

    def decorate(async_fn: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        check_async_fn("async_fn", async_fn)

        # The same steps as in `retry`. Calling it would cost every call a second coroutine.
        @wraps(async_fn)
        async def retried(*args: P.args, **kwargs: P.kwargs) -> T:
            if not policy._unbounded:
                return await _attempts(History(policy, async_fn), async_fn, args, kwargs)
            made = _NOTHING
            try:
                made = async_fn(*args, **kwargs)
                return await made
            except Exception as exc:
                history = _first_failure(policy, async_fn, made, exc)
                if history is None:
                    raise
            await history.pause()
            return await _attempts(history, async_fn, args, kwargs)

        return retried

    return decorate


def _first_failure(
    policy: RetryPolicy, async_fn: Callable[..., Any], made: object, error: Exception
) -> History | None:
    """Return the history that begins with ``error``, or None if there is to be no other call.

    Here is also where a wrong ``async_fn`` is found out, so that a right one need not pay for the check.
    """
    try:
        check_async_fn("async_fn", async_fn)
        if made is not _NOTHING:
            check_awaitable("async_fn", async_fn, made)
    except TypeError as wrong:
        raise wrong from None
    history = History(policy, async_fn, number=1)
    return history if history.failed(error) else None


async def _attempts(
    history: History,
    async_fn: Callable[..., Awaitable[T]],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> T:
    while True:
        with AttemptScope(history):
            made = async_fn(*args, **kwargs)
            if not isawaitable(cast("object", made)):
                break
            return await made
        await history.pause()
    return cast("T", await check_awaitable("async_fn", async_fn, made))  # raises, and says why
