"""The operators that decide when an item goes on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .._core.arguments import check_seconds
from ..backpressure import RateLimiter
from .base import StreamBase
from .latest import debounced, sampled
from .throttling import throttled

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Pacing"]

T_co = TypeVar("T_co", covariant=True)


class Pacing(StreamBase[T_co]):
    """Operators on the times of items; part of `Stream`."""

    __slots__ = ()

    def throttle(self, rate: float, per: float = 1.0, burst: int = 1) -> Stream[T_co]:
        """Let at most ``rate`` items pass in ``per`` seconds, evenly spaced; delay items, never drop one.

        The first item passes at once. An item that comes too early waits, and the source with it. To share
        one limit between streams, call a `trio_patterns.backpressure.RateLimiter` in ``map``.

        Args:
          rate: Items per ``per`` seconds, a number > 0.
          per: Seconds, > 0.
          burst: Items that may pass at once after a pause, int >= 1. A pause saves up no more.

        Returns:
          The same items in the same order. Each run has a limit of its own.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.

        Cost:
          No task; a timer for each item that waits. One item is held.

        Source:
          The semantics of `trio_patterns.backpressure.RateLimiter`. What Rx calls throttle drops items;
          that is `sample` here.
        """
        make_limiter = partial(RateLimiter, rate, per=per, burst=burst)
        make_limiter()  # which checks the arguments
        return self._then(throttled(self, make_limiter), ahead=0)

    def debounce(self, seconds: float) -> Stream[T_co]:
        """Emit the latest item once none has come for ``seconds``; drop those before it.

        For what comes in volleys and is only worth work when it has settled: keystrokes, file changes. A
        source that never pauses emits nothing until it ends; `sample` emits in between.

        Args:
          seconds: The quiet time after an item, > 0. An item at its very end is after it.

        Returns:
          A stream of those items. The pending item is emitted at once when the source ends, and before an
          error of the source is raised.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.

        Cancellation:
          The pending item is lost with the stream. Where that must not be, end the source gracefully with
          `take_until`.

        Ordering:
          The order of the items is kept. The source is never held back: while the steps below handle an
          item, a later one takes the place of the pending one, and they get it when they are ready, unless
          it is not quiet yet.

        Cost:
          One task that sleeps; an item costs a look at the clock, not a timer. One item is kept.
        """
        return self._then(debounced(self, check_seconds("seconds", seconds, above=True)), ahead=0)

    def sample(self, period: float) -> Stream[T_co]:
        """Emit the latest item at ``period``, ``2 * period``, ... seconds from the start; drop the others.

        Where no item has come since the last time, nothing is emitted.

        Args:
          period: Seconds, > 0. An item that comes at the very end of a period belongs to the next one.

        Returns:
          A stream of those items. The pending item is emitted at once when the source ends, and before an
          error of the source is raised.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.

        Cancellation:
          The pending item is lost with the stream. Where that must not be, end the source gracefully with
          `take_until`.

        Ordering:
          The order of the items is kept. The source is never held back: while the steps below handle an
          item, a later one takes the place of the pending one. Times that pass meanwhile are left out;
          they never come in a bunch.

        Cost:
          One task that sleeps while an item is pending; an item costs a look at the clock, not a timer.
          One item is kept.
        """
        return self._then(sampled(self, check_seconds("period", period, above=True)), ahead=0)
