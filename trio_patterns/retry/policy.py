"""The retry policy: what is retried, how often, how long apart, and for how long at most."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from inspect import isclass
from typing import Any, Final, TypeAlias, TypedDict, Unpack, cast, final

from .._core.arguments import check_fn, check_int, check_number, check_seconds, check_sync_fn
from .attempt import Attempt
from .jitter import Backoff, Jitter, additive_jitter, full_jitter

__all__ = ["PolicyOptions", "RetryOn", "RetryPolicy", "check_policy"]

#: What ``on`` of a `RetryPolicy` takes: an exception type, a tuple of them, or a predicate.
RetryOn: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]

#: The system's source has no state: forked workers do not inherit a common one and draw the same delays.
_SYSTEM_RNG: Final = random.SystemRandom()


class PolicyOptions(TypedDict, total=False):
    """The arguments of `RetryPolicy`, all optional, as `RetryPolicy.with_` takes them."""

    on: RetryOn
    attempts: int
    base_delay: float
    max_delay: float
    multiplier: float
    jitter: Jitter
    timeout: float | None
    attempt_timeout: float | None
    retry_after: Callable[[Exception], float | None] | None
    on_retry: Callable[[Attempt], object] | None
    rng: random.Random | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Say which failures are tried again, how often, how long apart, and for how long at most.

    A policy is a value: make it once at the top of a module, share it between calls and tasks, derive
    variants with `with_`. It keeps no count of anything.

    The delay before call ``n + 1`` is ``min(max_delay, base_delay * multiplier**(n - 1))``, at any ``n``
    without overflow, and then goes through ``jitter``.

    Synopsis::

        policy = RetryPolicy(on=(ConnectionError, trio.TooSlowError), attempts=4, attempt_timeout=2.0)
        page = await retry(fetch, url, policy=policy)

    Args:
      on: What is worth another call: an `Exception` type, a tuple of them, or a plain function that gets the
        exception and returns a bool. Required, because only you know which failures pass by themselves.
        An exception group is retried only if every exception in it is, each judged for itself. A
        cancellation, `KeyboardInterrupt` and `SystemExit` are never retried and never shown to ``on``.
      attempts: Calls in all, the first included, int >= 1.
      base_delay: Seconds before the second call, >= 0.
      max_delay: Seconds that no delay exceeds, >= 0. Only `additive_jitter`, or a jitter of your own, can go
        beyond.
      multiplier: Each delay's ratio to the one before, >= 1. At 1 the delay is constant.
      jitter: How delays are spread, a `Jitter`.
      timeout: Seconds for the whole, calls and delays together, > 0; ``None`` for no limit.
      attempt_timeout: Seconds for each call, > 0; ``None`` for no limit. A call that takes longer is
        cancelled and counts as failed with `trio.TooSlowError`, which is retried if ``on`` says so.
      retry_after: A plain function that gets the exception and returns the seconds to wait before the next
        call, or ``None`` if it doesn't say. Takes the place of the computed delay, without jitter; more
        than ``max_delay`` is cut to it; a negative number or NaN is ignored. Of a group, every exception is
        asked, and the longest answer counts.
      on_retry: A function, plain or async, called with an `Attempt` before each delay. Its time is part of
        the delay. An error in it ends the retrying and is raised.
      rng: The `random.Random` that jitter draws from, to make delays repeatable. ``None`` draws from the
        operating system.

    Raises:
      ValueError: if a number is out of range, or ``on`` names something that is never retried.
      TypeError: if an argument is of the wrong type, such as an async function for ``on``.

    Source:
      ``on`` is mandatory as in stamina. What is different: the clock is trio's, the deadlines around the
      call count, and exception groups are judged by what is in them.
    """

    on: RetryOn
    attempts: int = 5
    base_delay: float = 0.1
    max_delay: float = 30.0
    multiplier: float = 2.0
    jitter: Jitter = full_jitter
    timeout: float | None = None
    attempt_timeout: float | None = None
    retry_after: Callable[[Exception], float | None] | None = None
    on_retry: Callable[[Attempt], object] | None = None
    rng: random.Random | None = None
    # True if no timeout is set: then a call that succeeds at once needs no cancel scope, nor anything else.
    _unbounded: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_on(self.on)
        check_int("attempts", self.attempts, minimum=1)
        check_seconds("base_delay", self.base_delay)
        check_seconds("max_delay", self.max_delay)
        check_number("multiplier", self.multiplier, minimum=1.0)
        check_sync_fn("jitter", self.jitter)
        if self.jitter is cast("object", additive_jitter):
            raise TypeError(
                "jitter must be made by a call, additive_jitter(seconds), got additive_jitter itself"
            )
        if self.timeout is not None:
            check_seconds("timeout", self.timeout, above=True, finite=False)
        if self.attempt_timeout is not None:
            check_seconds("attempt_timeout", self.attempt_timeout, above=True, finite=False)
        if self.retry_after is not None:
            check_sync_fn("retry_after", self.retry_after)
        if self.on_retry is not None:
            check_fn("on_retry", self.on_retry)
        if self.rng is not None and not isinstance(self.rng, random.Random):
            raise TypeError(f"rng must be a random.Random, got {self.rng!r}")
        object.__setattr__(self, "_unbounded", self.timeout is None and self.attempt_timeout is None)

    def with_(self, **changes: Unpack[PolicyOptions]) -> RetryPolicy:
        """Return a policy that differs from this one in the arguments given.

        Args:
          changes: Any of the arguments of `RetryPolicy`.

        Returns:
          A new policy; this one stays as it is.

        Raises:
          ValueError: as `RetryPolicy` does.
          TypeError: as `RetryPolicy` does, or if there is no such argument.
        """
        return replace(self, **cast("dict[str, Any]", changes))

    def delays(self) -> Iterator[float]:
        """Iterate the delays, in seconds, without waiting for them: to see, plot or test a policy.

        They are drawn as they are asked for, so with jitter each iteration is another sample. Hints of
        ``retry_after`` are not in them, as they come with errors.

        Synopsis::

            policy = RetryPolicy(on=OSError, attempts=6, max_delay=1.0, jitter=no_jitter)
            list(policy.delays())  # [0.1, 0.2, 0.4, 0.8, 1.0]

        Returns:
          An iterator of ``attempts - 1`` numbers.
        """
        previous = self.base_delay
        for number in range(1, self.attempts):
            previous = self._delay(number, previous)
            yield previous

    def _delay(self, number: int, previous: float) -> float:
        """Return the seconds to wait after failed call ``number``."""
        backoff = Backoff(
            number=number,
            delay=self._capped_delay(number),
            previous=previous,
            base_delay=self.base_delay,
            max_delay=self.max_delay,
            rng=_SYSTEM_RNG if self.rng is None else self.rng,
        )
        return check_seconds("the delay that jitter returned", self.jitter(backoff))

    def _capped_delay(self, number: int) -> float:
        if self.base_delay == 0.0:
            return 0.0
        try:
            return min(self.max_delay, self.base_delay * float(self.multiplier) ** (number - 1))
        except OverflowError:
            # The power alone is beyond 1e308, so no base that a clock can measure brings it under the cap.
            return self.max_delay


def _check_on(on: object) -> None:
    wanted = "on must be an exception type, a tuple of them or a plain function"
    if not isinstance(on, tuple) and not isclass(on):
        if not callable(on):
            raise TypeError(f"{wanted}, got {on!r}")
        check_sync_fn("on", on)
        return
    types = cast("tuple[object, ...]", on if isinstance(on, tuple) else (on,))
    if not types:
        raise ValueError(f"{wanted}, got an empty tuple: nothing would be retried")
    for item in types:
        if not isclass(item) or not issubclass(item, BaseException):
            raise TypeError(f"{wanted}, got {on!r}")
        if issubclass(item, BaseExceptionGroup):
            raise ValueError(
                f"on must not name a group, got {on!r}: name what is in it, each is judged apart"
            )
        if not issubclass(item, Exception):
            raise ValueError(
                f"on must not name more than subclasses of Exception, got {on!r}: "
                "cancellations, KeyboardInterrupt and SystemExit are never retried"
            )


def check_policy(policy: object) -> RetryPolicy:
    """Return ``policy`` if it is one."""
    if not isinstance(policy, RetryPolicy):
        hint = ": write @retrying(policy)" if callable(policy) else ""
        raise TypeError(f"policy must be a RetryPolicy, got {policy!r}{hint}")
    return policy
