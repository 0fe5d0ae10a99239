"""The operators that choose where a stream begins and ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from .._core.arguments import check_fn, check_int
from ..shutdown import CancellationToken
from . import plain_steps
from .base import StreamBase
from .timing import take_until

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Selecting"]

T_co = TypeVar("T_co", covariant=True)


class Selecting(StreamBase[T_co]):
    """Operators that leave items out at either end; part of `Stream`."""

    __slots__ = ()

    def take(self, n: int) -> Stream[T_co]:
        """Keep the first ``n`` items, int >= 0, and stop: no item after them is asked for.

        The source is closed and what is in flight above is cancelled before the stream ends.
        ``take(0)`` does not start the source, but closes it like a run: a channel, an async generator
        object, a side of `broadcast`.
        """
        return self._then(plain_steps.take(self, check_int("n", n, minimum=0)))

    def skip(self, n: int) -> Stream[T_co]:
        """Leave out the first ``n`` items, int >= 0."""
        return self._then(plain_steps.skip(self, check_int("n", n, minimum=0)))

    def take_while(self, predicate: Callable[[T_co], Awaitable[object] | object]) -> Stream[T_co]:
        """Keep items up to the first of which ``predicate``, plain or async, is false; then stop."""
        check_fn("predicate", predicate)
        return self._then(plain_steps.take_while(self, predicate))

    def skip_while(self, predicate: Callable[[T_co], Awaitable[object] | object]) -> Stream[T_co]:
        """Leave out items up to the first of which ``predicate``, plain or async, is false.

        That item and all after it are kept, without a further look.
        """
        check_fn("predicate", predicate)
        return self._then(plain_steps.skip_while(self, predicate))

    def take_until(self, token: CancellationToken) -> Stream[T_co]:
        """End the stream, without an error, when ``token`` is cancelled: a graceful stop.

        Put it right behind the source: what stands above is interrupted, what stands below finishes the
        item it has. An open batch of `chunks` below is emitted, calls in flight in a ``map`` below run to
        their end.

        Args:
          token: A `trio_patterns.shutdown.CancellationToken`. If it is cancelled already, the source is
            not started, but closed as with ``take(0)``.

        Returns:
          The items that came before the cancellation.

        Cancellation:
          A wait of the source is interrupted at once. An item that is on its way through the steps
          *above* is lost with them; one that has passed here is not.

        Source:
          ``StreamExt::take_until`` of Rust's futures, with a token.
        """
        if not isinstance(token, CancellationToken):
            raise TypeError(f"token must be a CancellationToken, got {token!r}")
        return self._then(take_until(self, token))
