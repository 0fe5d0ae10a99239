"""Retry what may pass by itself: with a growing, jittered delay, a bound on everything, and no lost error.

- `RetryPolicy`: what is retried, how often, how long apart, for how long at most.
- `retry`, `retrying`, `retry_context`: for one call, for a function, for a block of code. `Attempt` is what
  ``on_retry`` gets, `AttemptScope` what the block form loops over.
- `full_jitter`, `equal_jitter`, `decorrelated_jitter`, `additive_jitter`, `no_jitter`: how delays are spread.
  Write your own as a `Jitter`, a function of a `Backoff`.
"""

from __future__ import annotations

from .attempt import Attempt
from .block import AttemptScope, RetryContext, retry_context
from .calls import retry, retrying
from .jitter import (
    Backoff,
    Jitter,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    full_jitter,
    no_jitter,
)
from .policy import PolicyOptions, RetryOn, RetryPolicy

__all__ = [
    "Attempt",
    "AttemptScope",
    "Backoff",
    "Jitter",
    "PolicyOptions",
    "RetryContext",
    "RetryOn",
    "RetryPolicy",
    "additive_jitter",
    "decorrelated_jitter",
    "equal_jitter",
    "full_jitter",
    "no_jitter",
    "retry",
    "retry_context",
    "retrying",
]
