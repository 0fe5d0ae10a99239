"""The two ends of an overflow channel."""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Self, TypeVar, final

import trio

from .overflow_buffer import OverflowBuffer, OverflowStatistics

__all__ = ["OverflowReceiveChannel", "OverflowSendChannel"]

T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


@final
class OverflowSendChannel(trio.abc.SendChannel[T_contra], Generic[T_contra]):
    """The send end of an overflow channel: it never waits; what `open_overflow_channel` gives first.

    Any number of tasks may send, on one end or on clones of it. Close each; a plain ``with`` does.
    """

    __slots__ = ("_buffer", "_closed")

    def __init__(self, buffer: OverflowBuffer[T_contra]) -> None:
        self._buffer = buffer
        self._closed = False
        buffer.open_senders += 1

    def _check_open(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError("this send end was closed")

    @trio.lowlevel.enable_ki_protection
    def send_nowait(self, value: T_contra) -> None:
        """Send an item, at once.

        For code that is not async, such as a callback. In a loop use `send`, which lets the receiver have
        its turn.

        Args:
          value: The item. A task that waits for one gets it; else it goes into the buffer.

        Raises:
          trio.WouldBlock: if the buffer is full and ``overflow`` is ``"error"``. The item was not sent.
          trio.BrokenResourceError: if every receive end was closed. A normal end: stop sending.
          trio.ClosedResourceError: if this end was closed.
        """
        self._check_open()
        self._buffer.put(value)

    @trio.lowlevel.enable_ki_protection
    async def send(self, value: T_contra) -> None:
        """Send an item, without waiting for room.

        Args:
          value: As in `send_nowait`.

        Raises:
          trio.WouldBlock: As in `send_nowait`.
          trio.BrokenResourceError: As in `send_nowait`.
          trio.ClosedResourceError: As in `send_nowait`.

        Cancellation:
          The item was not sent.

        Cost:
          O(1). Does not yield while there is room, except every 128 items. Before it drops something, or
          raises, every other task gets its turn: a receiver that is only waiting for its own loses nothing.
        """
        if self._is_ready():
            await self._buffer.budget.checkpoint()
        else:
            await trio.lowlevel.checkpoint()
            if not self._is_ready():
                # trio runs what is ready in passes, in random order. A receiver that was woken just now runs
                # in the next, like this task and perhaps after it; so it has had its turn in the one after.
                await trio.lowlevel.checkpoint()
        self.send_nowait(value)

    def _is_ready(self) -> bool:
        return not self._closed and self._buffer.has_room

    @property
    def dropped(self) -> int:
        """Items that the channel has dropped so far, from whichever clone they came."""
        return self._buffer.dropped

    def statistics(self) -> OverflowStatistics:
        """Tell how full the channel is and what it has dropped, as a frozen `OverflowStatistics`."""
        return self._buffer.statistics()

    @trio.lowlevel.enable_ki_protection
    def clone(self) -> OverflowSendChannel[T_contra]:
        """Return another send end of the same channel, to be closed on its own.

        Receivers see the end of the channel when all send ends have been closed.

        Raises:
          trio.ClosedResourceError: if this end was closed.
        """
        self._check_open()
        return OverflowSendChannel(self._buffer)

    @trio.lowlevel.enable_ki_protection
    def close(self) -> None:
        """Close this end, without yielding.

        After the last send end is closed, receivers get what lies ready, then `trio.EndOfChannel`.
        """
        if not self._closed:
            self._closed = True
            self._buffer.close_sender()

    async def aclose(self) -> None:
        """Close this end and pass a checkpoint.

        Cancellation:
          The end is closed all the same.
        """
        self.close()
        await trio.lowlevel.checkpoint()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@final
class OverflowReceiveChannel(trio.abc.ReceiveChannel[T_co], Generic[T_co]):
    """The receive end of an overflow channel; what `open_overflow_channel` gives second.

    Use it as any receive channel: ``async for item in receive``, `receive`, or as the source of a stream.
    Any number of tasks may receive, on one end or on clones of it; each item goes to one of them. Close
    each; a plain ``with`` does.
    """

    __slots__ = ("_buffer", "_closed")

    def __init__(self, buffer: OverflowBuffer[T_co]) -> None:
        self._buffer = buffer
        self._closed = False
        buffer.open_receivers += 1

    def _check_open(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError("this receive end was closed")

    @trio.lowlevel.enable_ki_protection
    def receive_nowait(self) -> T_co:
        """Take the oldest item that lies ready.

        Raises:
          trio.WouldBlock: if none does.
          trio.EndOfChannel: if none does and every send end was closed.
          trio.ClosedResourceError: if this end was closed.
        """
        self._check_open()
        return self._buffer.take()

    @trio.lowlevel.enable_ki_protection
    async def receive(self) -> T_co:
        """Take the oldest item; wait for one if none lies ready.

        Raises:
          trio.EndOfChannel: if nothing lies ready and every send end was closed, now or meanwhile.
          trio.ClosedResourceError: if this end was closed, now or meanwhile.

        Cancellation:
          No item is taken: what was handed to this task before the cancellation is returned.

        Ordering:
          Items come in the order in which they were sent. Tasks that wait are served first come, first
          served.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self._check_open()
        if self._buffer.is_dry:
            return await self._buffer.park(self)
        item = self._buffer.take()
        await trio.lowlevel.cancel_shielded_checkpoint()
        return item

    def statistics(self) -> OverflowStatistics:
        """Tell how full the channel is and what it has dropped, as a frozen `OverflowStatistics`."""
        return self._buffer.statistics()

    @trio.lowlevel.enable_ki_protection
    def clone(self) -> OverflowReceiveChannel[T_co]:
        """Return another receive end of the same channel, to be closed on its own.

        Each item still goes to one receiver only.

        Raises:
          trio.ClosedResourceError: if this end was closed.
        """
        self._check_open()
        return OverflowReceiveChannel(self._buffer)

    @trio.lowlevel.enable_ki_protection
    def close(self) -> None:
        """Close this end, without yielding.

        Tasks that wait on it get `trio.ClosedResourceError`. After the last receive end is closed, senders
        get `trio.BrokenResourceError`, and what lay ready is gone; take it first if you want it.
        """
        if not self._closed:
            self._closed = True
            self._buffer.close_receiver(self)

    async def aclose(self) -> None:
        """Close this end and pass a checkpoint.

        Cancellation:
          The end is closed all the same.
        """
        self.close()
        await trio.lowlevel.checkpoint()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
