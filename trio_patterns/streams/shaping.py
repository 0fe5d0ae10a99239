"""The operators about time and room: batches, buffers, timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .._core.arguments import check_choice, check_int, check_seconds
from .base import StreamBase
from .buffering import buffered
from .chunks import chunk_by_size, chunk_by_size_or_time
from .handoff import Overflow
from .timing import fail_after_gap

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Shaping"]

T_co = TypeVar("T_co", covariant=True)


class Shaping(StreamBase[T_co]):
    """Operators about time and room; part of `Stream`."""

    __slots__ = ()

    def chunks(self, size: int, within: float | None = None) -> Stream[list[T_co]]:
        """Gather items into lists: of ``size`` items, or of what came within ``within`` seconds.

        The time counts from the *first* item of a batch, so a slow trickle cannot put the flush off, as it
        does where each item starts the wait anew. There is no empty batch.

        Args:
          size: Items in a full batch, int >= 1.
          within: Seconds after which a batch is emitted though not full, > 0; None: no limit.

        Returns:
          A stream of lists. The last, partial batch is emitted at once when the source ends, and before
          an error of the source is raised.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.

        Cancellation:
          The open batch is lost with the stream. Where that must not be, end the source gracefully with
          `take_until`: then it is emitted.

        Ordering:
          The order of the items is kept, within and between batches. While the steps below handle a batch,
          the next one fills, up to ``size``; its time runs from its own first item.

        Cost:
          One task if ``within`` is given; an append for each item, a deadline for each batch.

        Source:
          ``chunks_timeout`` of tokio-stream, which counts from the first item too.
        """
        check_int("size", size, minimum=1)
        if within is None:
            return self._then(chunk_by_size(self, size), ahead=0)
        within = check_seconds("within", within, above=True)
        return self._then(chunk_by_size_or_time(self, size, within), ahead=0)

    def buffer(self, n: int, overflow: Overflow = "wait") -> Stream[T_co]:
        """Let the stream above run ahead of the steps below, by up to ``n`` items, in a task of its own.

        Args:
          n: Items, int >= 0; at least 1 if ``overflow`` is not ``"wait"``. With 0 the task above prepares
            one item while the steps below handle the one before.
          overflow: What a full buffer does: ``"wait"`` holds the source back, ``"drop_oldest"`` and
            ``"drop_newest"`` lose an item, ``"error"`` raises `trio.WouldBlock`.

        Returns:
          The same items in the same order, less those dropped. Where `outcomes` below takes failures, one
          counts as an item.

        Cancellation:
          Items in the buffer are lost with the stream.

        Cost:
          One task and ``n`` items; a task switch only when one side waits for the other.
        """
        check_choice("overflow", overflow, ("wait", "drop_oldest", "drop_newest", "error"))
        check_int("n", n, minimum=0 if overflow == "wait" else 1)
        return self._then(buffered(self._run, n, overflow), ahead=0)

    def timeout(self, seconds: float) -> Stream[T_co]:
        """Raise `trio.TooSlowError` when the next item takes longer than ``seconds``.

        The gap is measured from the moment the steps below are done with an item (for the first item: from
        the start), so a slow consumer is never blamed on the source.

        Args:
          seconds: The longest wait for an item, > 0.

        Returns:
          The same items.

        Raises:
          trio.TooSlowError: when the stream runs, if a gap is too long; what runs above is cancelled.

        Cost:
          Two changes of a deadline for each item, about 2 microseconds.
        """
        return self._then(fail_after_gap(self, check_seconds("seconds", seconds, above=True)))
