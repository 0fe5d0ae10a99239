"""The operators that make several streams of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from .._core.arguments import check_fn, check_int
from .base import StreamBase
from .calling import calling
from .engine import Answer
from .split import Split
from .splitter import StreamSplitter

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Splitting"]

T_co = TypeVar("T_co", covariant=True)


class Splitting(StreamBase[T_co]):
    """Operators that make several streams of one; part of `Stream`."""

    __slots__ = ()

    @overload
    def broadcast(
        self, n: Literal[2], buffer: int = 0
    ) -> StreamSplitter[tuple[Stream[T_co], Stream[T_co]]]: ...

    @overload
    def broadcast(
        self, n: Literal[3], buffer: int = 0
    ) -> StreamSplitter[tuple[Stream[T_co], Stream[T_co], Stream[T_co]]]: ...

    @overload
    def broadcast(self, n: int, buffer: int = 0) -> StreamSplitter[tuple[Stream[T_co], ...]]: ...

    def broadcast(self, n: int, buffer: int = 0) -> StreamSplitter[Any]:
        """Make ``n`` streams of all items, for a block of your own; the source runs once.

        Run the streams at the same time, in tasks or together (`zip`, `merge`). One after the other does
        not work: a stream that is not run yet takes no items, so it holds the source back when its buffer
        is full, until the block is left. So does one whose task ends before it comes to its sink.

        Synopsis::

            async with stream(source).broadcast(2) as (a, b), trio.open_nursery() as nursery:
                nursery.start_soon(a.for_each, store)
                nursery.start_soon(b.chunks(100).for_each, send)

        Args:
          n: Streams, int >= 1.
          buffer: Items by which each stream may lag behind the fastest, int >= 0. With 0 the source is
            asked for the next item when all streams want one.

        Returns:
          An async context manager that gives a tuple of ``n`` streams. Nothing runs until the first of them
          does. Each can be run once; a second run raises `RuntimeError`, after the block
          `trio.ClosedResourceError`.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.
          Exception: a failure of the source, as itself, from each stream, after the items before it. If
            none of them is there to raise it, it leaves the block.

        Cancellation:
          A stream whose run has ended early (`take`, ``break``, an exception, a cancellation) no longer
          holds the others back; nor does one that was given up without a run (``take(0)``, a sink that is
          cancelled before it begins). When all have gone, the source is stopped. Leaving the block stops
          the source and awaits its cleanup, and closes one that was never started; streams that run on
          elsewhere raise `trio.ClosedResourceError`.

        Ordering:
          Each stream has all items in the order of the source.

        Cost:
          One task; ``buffer`` items for each stream. The source runs with the context variables of the task
          that enters the block.
        """
        check_int("n", n, minimum=1)
        split: Split[T_co] = Split("broadcast", n, check_int("buffer", buffer, minimum=0), wait_for=all)
        sides = tuple(self._then(side.run, ahead=0, owned=(side,)) for side in split.sides)
        return StreamSplitter(self, partial(split.hand, split.sides), split, sides)

    def partition(
        self, predicate: Callable[[T_co], Awaitable[object] | object]
    ) -> StreamSplitter[tuple[Stream[T_co], Stream[T_co]]]:
        """Make two streams for a block of your own: the items of which ``predicate`` is true, and the rest.

        Run both at the same time: an item whose stream does not want it yet holds the source back, until
        the block is left.

        Synopsis::

            async with stream(orders).partition(is_paid) as (paid, unpaid), trio.open_nursery() as nursery:
                nursery.start_soon(paid.for_each, ship)
                nursery.start_soon(unpaid.for_each, remind)

        Args:
          predicate: A function of one item, plain or async, called once for each.

        Returns:
          An async context manager that gives a pair of streams. Nothing runs until the first of them does.
          Each can be run once; a second run raises `RuntimeError`, after the block
          `trio.ClosedResourceError`.

        Raises:
          TypeError: at the call, if ``predicate`` is not a function.
          Exception: a failure of the source or of ``predicate``, as itself, from both streams, after the
            items before it. If neither is there to raise it, it leaves the block.

        Cancellation:
          The items of a stream whose run has ended early, or that was given up without a run, are dropped,
          so that it no longer holds the other back; when both have gone, the source is stopped. Leaving the
          block stops the source and awaits its cleanup, and closes one that was never started; streams that
          run on elsewhere raise `trio.ClosedResourceError`.

        Ordering:
          Each stream has its items in the order of the source.

        Cost:
          One task, no buffer: the source is one item ahead at most. It runs with the context variables of
          the task that enters the block.
        """
        check_fn("predicate", predicate)
        split: Split[T_co] = Split("partition", 2, 0, wait_for=any)
        yes, no = split.sides

        def use(item: Any, wanted: object) -> Answer:
            return split.hand((yes,) if wanted else (no,), item)

        sides = (
            self._then(yes.run, ahead=0, owned=(yes,)),
            self._then(no.run, ahead=0, owned=(no,)),
        )
        return StreamSplitter(self, calling(predicate, use), split, sides)
