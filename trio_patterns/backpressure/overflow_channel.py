"""A channel whose sender never waits: a full buffer drops an item, and counts it."""

from __future__ import annotations

from typing import TypeVar

from .._core.arguments import check_choice, check_int
from .overflow_buffer import Overflow, OverflowBuffer
from .overflow_ends import OverflowReceiveChannel, OverflowSendChannel

__all__ = ["open_overflow_channel"]

T = TypeVar("T")


# A class, as `trio.open_memory_channel` is one, so that you can say open_overflow_channel[int](5).
class open_overflow_channel(tuple["OverflowSendChannel[T]", "OverflowReceiveChannel[T]"]):  # noqa: N801
    """Open a channel whose sender never waits: what does not fit is dropped, and counted.

    For sources that cannot be slowed down and whose old items are worth little: sensors, prices, progress,
    log lines. Everything else wants `trio.open_memory_channel`, whose sender waits, and which loses nothing.
    The two are used alike.

    Synopsis::

        send, receive = open_overflow_channel[Price](1)  # always the latest
        # in one task
        with send:
            async for price in exchange:
                await send.send(price)
        # in another
        with receive:
            async for price in receive:
                await show(price)

    Args:
      max_buffer: Items that lie ready at most, int >= 1. Beyond it something is dropped; there is no
        unbounded one, which never would.
      overflow: What a full buffer does with one item more. ``"drop_oldest"``: drops the oldest item in the
        buffer, so that receivers see the latest ones. ``"drop_newest"``: drops the item that is being sent,
        so that they see the first ones. ``"error"``: `trio.WouldBlock`, and the sender decides.

    Returns:
      A tuple of `OverflowSendChannel` and `OverflowReceiveChannel`.

    Raises:
      TypeError: if ``max_buffer`` is not an int.
      ValueError: if ``max_buffer`` < 1, or ``overflow`` is not one of the three.

    Cancellation:
      A cancelled ``send`` has sent nothing; a cancelled ``receive`` has taken nothing.

    Ordering:
      Items arrive in the order in which they were sent, with gaps where some were dropped. An item goes
      straight to a task that waits for one; nothing is dropped while one waits.

    Cost:
      O(1) an item, and at most ``max_buffer`` items in memory. ``send`` draws on the budget of 128
      operations, and lets the receivers have their turn before it drops something; ``receive`` is always a
      checkpoint.

    Source:
      Kotlin's ``Channel(capacity, onBufferOverflow)``, and the lagging receivers of Tokio's ``broadcast``.
      Here the channel counts what it dropped.

    See Also:
      ``docs/patterns/backpressure``, ``examples/backpressure/overflow_channel.py``.
    """

    def __new__(  # type: ignore[misc]  # noqa: D102 - a tuple, not an instance of this class
        cls, max_buffer: int, *, overflow: Overflow = "drop_oldest"
    ) -> tuple[OverflowSendChannel[T], OverflowReceiveChannel[T]]:
        check_int("max_buffer", max_buffer, minimum=1)
        check_choice("overflow", overflow, ("drop_oldest", "drop_newest", "error"))
        buffer: OverflowBuffer[T] = OverflowBuffer(max_buffer, overflow)
        return OverflowSendChannel(buffer), OverflowReceiveChannel(buffer)

    def __init__(self, max_buffer: int, *, overflow: Overflow = "drop_oldest") -> None: ...
