"""The methods that run a stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, final, overload

import trio

from .._core.arguments import check_fn, check_limit
from .._core.limiter import Limiter
from ..backpressure.overflow_ends import OverflowSendChannel
from .base import StreamBase
from .calling import as_async
from .concurrent_map import map_as_completed
from .opening import StreamOpener
from .plain_steps import map_one_by_one, scan

__all__ = ["Sinks"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@final
class _Missing:
    """The type of the mark for "no value was given"."""


_MISSING: Final = _Missing()


class Sinks(StreamBase[T_co]):
    """What runs a stream; part of `Stream`.

    Each sink is a checkpoint. Cancelling it cancels what runs in the stream and awaits it.
    """

    __slots__ = ()

    async def collect(self) -> list[T_co]:
        """Run the stream and return its items as a list, in the order in which they were emitted."""
        items: list[Any] = []
        await self._consume(items.append)
        return items

    async def for_each(
        self, fn: Callable[[T_co], Awaitable[object] | object], limit: int | Limiter = 1
    ) -> None:
        """Run the stream and call ``fn``, plain or async, with each item.

        Args:
          fn: A function of one item; what it returns is dropped.
          limit: Calls at once, int >= 1, or a `trio.CapacityLimiter`. With more than one, items are handled
            in no particular order.

        Raises:
          Exception: the first failure of ``fn`` or of the stream, as itself; the rest is cancelled.
        """
        check_fn("fn", fn)
        limit = check_limit("limit", limit)
        run = map_one_by_one(self, fn) if limit == 1 else map_as_completed(self, as_async(fn), limit)
        await StreamBase(run, owned=self._owned)._consume(_drop)

    async def drain(self) -> None:
        """Run the stream for its effects and drop the items."""
        await self._consume(_drop)

    async def reduce(self, fn: Callable[[U, T_co], Awaitable[U] | U], initial: U) -> U:
        """Run the stream and fold its items: ``fn(accumulator, item)``, plain or async, from ``initial``."""
        check_fn("fn", fn)
        value = initial

        def keep(result: U) -> None:
            nonlocal value
            value = result

        await StreamBase(scan(self, fn, initial), owned=self._owned)._consume(keep)
        return value

    @overload
    async def first(self) -> T_co: ...

    @overload
    async def first(self, *, default: U) -> T_co | U: ...

    async def first(self, *, default: Any = _MISSING) -> Any:
        """Return the first item and stop the stream: its source is closed, what is in flight is cancelled.

        Raises:
          LookupError: if the stream is empty and there is no ``default``.
        """
        found: Any = _MISSING

        def emit(item: Any) -> bool:
            nonlocal found
            found = item
            return True

        await self._consume(emit)
        return _found("first", found, default)

    @overload
    async def last(self) -> T_co: ...

    @overload
    async def last(self, *, default: U) -> T_co | U: ...

    async def last(self, *, default: Any = _MISSING) -> Any:
        """Run the stream and return its last item.

        Raises:
          LookupError: if the stream is empty and there is no ``default``.
        """
        found: Any = _MISSING

        def emit(item: Any) -> None:
            nonlocal found
            found = item

        await self._consume(emit)
        return _found("last", found, default)

    async def count(self) -> int:
        """Run the stream and return how many items it had."""
        number = 0

        def emit(item: object) -> None:
            nonlocal number
            number += 1

        await self._consume(emit)
        return number

    async def to_channel(self: StreamBase[T], send_channel: trio.abc.SendChannel[T]) -> None:
        """Run the stream into a channel, and close the channel at the end, however that comes.

        Args:
          send_channel: Where the items go; a full channel holds the stream back.

        Raises:
          trio.BrokenResourceError: if the receiver has gone; the stream is stopped. The item it refused is
            lost; what was not pulled yet is not.

        Cancellation:
          The item that waits to be sent is lost; the channel is closed.
        """
        if not isinstance(send_channel, trio.abc.SendChannel):
            raise TypeError(f"send_channel must be a trio.abc.SendChannel, got {send_channel!r}")

        if isinstance(send_channel, trio.MemorySendChannel | OverflowSendChannel):
            # A plain `with`: under cancellation `async with` would replace the error that ends the stream.
            with send_channel:
                await self._consume(send_channel.send)
        else:
            try:
                await self._consume(send_channel.send)
            finally:
                await send_channel.aclose()

    def open(self) -> StreamOpener[T_co]:
        """Run the stream beside a block of your own that takes its items one by one.

        Synopsis::

            async with stream(source).map(fetch, limit=10).open() as items:
                async for item in items:
                    ...
            # nothing runs any more, the source is closed

        Returns:
          An async context manager that gives an async iterator. A timeout around the iteration loses
          nothing: the next call goes on where it stopped. One task may iterate at a time
          (`trio.BusyResourceError`); after the block, `trio.ClosedResourceError`.

        Raises:
          Exception: a failure of the stream, after the items that came before it: from the ``async for``
            if that waits for an item; if the body is busy, the body is cancelled and the error leaves the
            ``async with`` block.

        Cancellation:
          Leaving the block, by ``break`` or an exception too, stops the source, cancels what is in flight
          and awaits it. Items that were ready are lost; so is a failure that stood behind them.

        Cost:
          One task; items go through a deque that wakes the consumer only when it waits. One item lies
          ready at most; behind a step with a limit, as many items as the limit, and twice as many while the
          consumer has been woken and not run yet. A consumer that never waits passes a checkpoint every 128
          items.
        """
        return StreamOpener(self._run, self._ahead)


def _drop(item: object) -> None:
    pass


def _found(which: str, found: Any, default: Any) -> Any:
    if found is not _MISSING:
        return found
    if default is not _MISSING:
        return default
    raise LookupError(f"{which}() of an empty stream: pass default= if that may happen")
