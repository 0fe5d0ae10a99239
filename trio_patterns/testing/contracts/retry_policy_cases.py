"""What the cases of `retry_policy_contract` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio

from ...retry import RetryPolicy
from .base import Contract, broken

__all__ = ["MOST", "TINY", "Calls", "RetryPolicyCases", "Unexpected"]

#: Calls that a case makes of a policy that allows more.
MOST = 20
#: Times are sums of floats.
TINY = 1e-6


class Unexpected(Exception):  # noqa: N818
    """An error that no policy has heard of."""


class RetryPolicyCases(Contract):
    """Base of the cases."""

    make_policy: Any
    make_error: Any
    make_other: Any
    longest: float
    retry: Any

    def policy(self) -> RetryPolicy:
        """Return the policy, without what would end it before all its calls are made."""
        policy: RetryPolicy = self.make_policy()
        return policy.with_(timeout=None, attempts=min(policy.attempts, MOST))

    async def result(self, calls: Calls, *, policy: RetryPolicy, promise: str) -> object:
        """Return what the retrying returns; an error of it breaks the promise."""
        try:
            return await self.retry(calls, policy=policy)
        except Exception as exc:
            raise broken(promise, f"after {calls.count} calls {exc!r} was raised") from exc


class Calls:
    """An async function that raises what it is given, call after call, then returns its last argument."""

    def __init__(self, *errors: BaseException | Callable[[], BaseException], then: object = "done") -> None:
        self._errors = list(errors)
        self._then = then
        #: When each call began.
        self.times: list[float] = []

    @property
    def count(self) -> int:
        """How many calls there were."""
        return len(self.times)

    async def __call__(self) -> object:
        """Raise the next error, or return."""
        self.times.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if self.count > len(self._errors):
            return self._then
        error = self._errors[self.count - 1]
        raise error if isinstance(error, BaseException) else error()
