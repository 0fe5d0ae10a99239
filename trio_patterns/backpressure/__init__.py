"""Backpressure: producers that cannot outrun consumers.

``bounded_map``, ``bounded_outcomes``
    Call a function for every item, so many at a time: all results or the first failure, or each outcome.
``open_worker_pool``
    Workers behind a bounded queue; every accepted job is accounted for.
``RateLimiter``
    At most so many per second, evenly, first come first served.
``open_overflow_channel``
    A channel whose sender never waits: what does not fit is dropped, and counted.
"""

from __future__ import annotations

from .bounded import bounded_map, bounded_outcomes
from .overflow_buffer import OverflowStatistics
from .overflow_channel import open_overflow_channel
from .overflow_ends import OverflowReceiveChannel, OverflowSendChannel
from .pool_records import PoolLedger, PoolStatistics
from .rate_limiter import RateLimiter
from .worker_pool import WorkerPool, open_worker_pool

__all__ = [
    "bounded_map",
    "bounded_outcomes",
    "open_worker_pool",
    "WorkerPool",
    "PoolLedger",
    "PoolStatistics",
    "RateLimiter",
    "open_overflow_channel",
    "OverflowSendChannel",
    "OverflowReceiveChannel",
    "OverflowStatistics",
]
