"""At most so many per second, evenly, first come first served."""

from __future__ import annotations

from types import TracebackType
from typing import final

import trio

from .._core.arguments import check_int, check_number, check_seconds

__all__ = ["RateLimiter"]


@final
class RateLimiter:
    """Lets ``rate`` callers pass per ``per`` seconds, evenly spaced, with bursts of up to ``burst``.

    For an API that allows 10 requests per second: put ``await limiter.acquire()`` before each. This limits
    how *often* something starts. It is not `trio.CapacityLimiter`, which limits how *many* run at once; slow
    calls need both.

    Synopsis::

        limiter = RateLimiter(10, burst=5)  # no clock is read: it may be made at import

        async with limiter:  # the same as: await limiter.acquire()
            ...

    Args:
      rate: Permits per ``per`` seconds, a number > 0.
      per: Seconds, > 0.
      burst: Permits that can be had at once after a pause, int >= 1. An idle limiter saves up no more.

    Raises:
      TypeError: if an argument is not a number, or ``burst`` not an int.
      ValueError: if an argument is out of range.

    Cancellation:
      A cancelled waiter costs no permit, and those behind it move up.

    Ordering:
      First come, first served; `acquire_nowait` does not overtake a waiter.

    Cost:
      A few numbers, whatever the rate, and no task. Only the first waiter holds a timer.

    Source:
      The Generic Cell Rate Algorithm (ATM Forum, 1996): one number, the time at which the bucket would be
      full again, says all that a bucket refilled by a timer would.

    See Also:
      ``docs/patterns/backpressure``, ``examples/backpressure/rate_limiter.py``.
    """

    __slots__ = ("_anchor", "_burst", "_count", "_per", "_rate", "_turn")

    def __init__(self, rate: float, *, per: float = 1.0, burst: int = 1) -> None:
        self._rate = check_number("rate", rate, above=True)
        self._per = check_seconds("per", per, above=True)
        self._burst = check_int("burst", burst, minimum=1)
        # The first waiter holds the lock and sleeps until its permit is due; the others queue for the lock.
        self._turn = trio.Lock()
        # The bucket is full again at anchor + count * per / rate. Counting, rather than adding up intervals,
        # keeps the sum of a million of them exact.
        self._anchor = -float("inf")
        self._count = 0

    def _when(self, permits: int) -> float:
        return self._anchor + permits * self._per / self._rate

    def _due(self, now: float) -> float:
        """Return the time from which the next permit can be had."""
        if self._when(self._count) - now > 2 * self._burst * self._per / self._rate:
            # Never so far ahead on one clock: the limiter has outlived a `trio.run`, and this is another.
            self._anchor = -float("inf")
        return self._when(self._count - self._burst + 1)

    def _take(self, now: float) -> None:
        if self._when(self._count) < now:
            self._anchor, self._count = now, 0
        self._count += 1

    @trio.lowlevel.enable_ki_protection
    async def acquire(self) -> None:
        """Wait for a permit and take it.

        Cancellation:
          No permit is taken.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        now = trio.current_time()
        if not self._turn.locked() and self._due(now) <= now:
            self._take(now)
            await trio.lowlevel.cancel_shielded_checkpoint()
            return
        async with self._turn:
            await trio.sleep_until(self._due(trio.current_time()))
            self._take(trio.current_time())

    @trio.lowlevel.enable_ki_protection
    def acquire_nowait(self) -> None:
        """Take a permit if there is one and nobody waits.

        Raises:
          trio.WouldBlock: if there is none, or someone waits for it.
        """
        now = trio.current_time()
        if self._turn.locked() or self._due(now) > now:
            raise trio.WouldBlock
        self._take(now)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing: a permit is spent, not borrowed."""
