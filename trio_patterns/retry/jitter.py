"""Jitter: spread the delays, so that callers who failed together do not come back together."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from typing import Protocol, final

from .._core.arguments import check_seconds

__all__ = [
    "Backoff",
    "Jitter",
    "additive_jitter",
    "decorrelated_jitter",
    "equal_jitter",
    "full_jitter",
    "no_jitter",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """What a jitter is told about the delay that it is to spread.

    Attributes:
      number: Which call has failed, counted from 1.
      delay: Seconds computed for the next delay, already capped: at most ``max_delay``.
      previous: Seconds that the delay before this one really took; ``base_delay`` if this is the first.
      base_delay: The policy's ``base_delay``, in seconds.
      max_delay: The policy's ``max_delay``, in seconds.
      rng: Where to draw from: the policy's ``rng``, or the system's source of randomness.
    """

    number: int
    delay: float
    previous: float
    base_delay: float
    max_delay: float
    rng: random.Random


class Jitter(Protocol):
    """A plain function that turns a computed delay into the one to wait.

    It gets a `Backoff` and returns seconds >= 0. What it returns is not capped again, so one of your own
    decides by itself whether it may exceed ``max_delay``. Draw from ``backoff.rng``, so that a seeded
    policy repeats its delays::

        def between_half_and_double(backoff: Backoff) -> float:
            return backoff.delay * backoff.rng.uniform(0.5, 2.0)
    """

    def __call__(self, backoff: Backoff, /) -> float:
        """Return the seconds to wait."""
        ...


def no_jitter(backoff: Backoff) -> float:
    """Return the computed delay itself: for tests, or when there is a single caller.

    Args:
      backoff: What is known about the delay.

    Returns:
      ``delay``.
    """
    return backoff.delay


def full_jitter(backoff: Backoff) -> float:
    """Return anything from zero to the computed delay, evenly: the default.

    It spreads callers the most and asks the least of the server, at the price that a call may be repeated
    almost at once.

    Args:
      backoff: What is known about the delay.

    Returns:
      A number of seconds in ``[0, delay]``.

    Source:
      Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    return backoff.delay * backoff.rng.random()


def equal_jitter(backoff: Backoff) -> float:
    """Return anything from half the computed delay to the whole: some pause is certain.

    Args:
      backoff: What is known about the delay.

    Returns:
      A number of seconds in ``[delay / 2, delay]``.

    Source:
      As for `full_jitter`.
    """
    half = backoff.delay / 2
    return half + half * backoff.rng.random()


def decorrelated_jitter(backoff: Backoff) -> float:
    """Return anything from ``base_delay`` to three times the previous delay, at most ``max_delay``.

    Each delay depends on the one before and not on the number of the call, so ``multiplier`` plays no part.

    Args:
      backoff: What is known about the delay.

    Returns:
      A number of seconds in ``[base_delay, 3 * previous]``, cut off at ``max_delay``.

    Source:
      As for `full_jitter`.
    """
    # The second bound keeps infinity, and with it NaN, out of the arithmetic.
    most = min(backoff.previous * 3.0, sys.float_info.max)
    return min(backoff.max_delay, backoff.rng.uniform(backoff.base_delay, max(backoff.base_delay, most)))


@final
@dataclass(frozen=True, slots=True)
class _AdditiveJitter:
    """A class and not a closure, so that policies compare equal and print readably."""

    seconds: float

    def __call__(self, backoff: Backoff, /) -> float:
        return backoff.delay + self.seconds * backoff.rng.random()

    def __repr__(self) -> str:
        return f"additive_jitter({self.seconds!r})"


def additive_jitter(seconds: float) -> Jitter:
    """Make a jitter that adds anything from zero to ``seconds``, whatever the delay.

    The only one here that may exceed ``max_delay``, and the only one whose spread does not follow the
    delay: a second of it swamps a base of 10 ms and does nothing for a delay of a minute. Prefer
    `full_jitter`; this is for schedules where the computed delay is a promise and never to be undercut.

    Args:
      seconds: The most to add, in seconds, >= 0 and finite.

    Returns:
      A `Jitter` giving seconds in ``[delay, delay + seconds]``.

    Raises:
      ValueError: if ``seconds`` is negative, infinite or NaN.
      TypeError: if ``seconds`` is not a number.
    """
    return _AdditiveJitter(check_seconds("seconds", seconds))
