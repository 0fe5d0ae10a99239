"""Backpressure: producers that cannot outrun consumers.

``open_worker_pool``
    Workers behind a bounded queue; every accepted job is accounted for.
``RateLimiter``
    At most so many per second, evenly, first come first served.
"""

from __future__ import annotations

from .pool_records import PoolLedger, PoolStatistics
from .rate_limiter import RateLimiter
from .worker_pool import WorkerPool, open_worker_pool

__all__ = ["PoolLedger", "PoolStatistics", "RateLimiter", "WorkerPool", "open_worker_pool"]
