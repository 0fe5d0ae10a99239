"""What a worker pool tells about itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PoolLedger", "PoolStatistics"]


@dataclass(frozen=True, slots=True)
class PoolLedger:
    """Where every accepted job went.

    When the pool's block has been left, however that came about, ``accepted == succeeded + failed +
    returned``. Before, the difference is what is queued or in flight.
    """

    accepted: int
    """Jobs that ``submit`` or ``submit_nowait`` took."""
    succeeded: int
    """Jobs whose function returned."""
    failed: int
    """Jobs whose function raised an `Exception`."""
    returned: int
    """Jobs that were not finished when the pool was cancelled: the length of ``returned``."""


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """How full a worker pool is, and how much that has slowed its producers down."""

    queued: int
    """Accepted jobs beyond those that the workers hold: 0 to ``buffer``."""
    peak_queued: int
    """The largest ``queued`` so far. If it never gets near ``buffer``, the buffer is too large."""
    in_flight: int
    """Jobs that a worker holds: 0 to ``workers``."""
    seconds_waited: float
    """Seconds that producers have waited in ``submit`` so far, added up over all of them."""
