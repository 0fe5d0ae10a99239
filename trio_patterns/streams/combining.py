"""The operators that make one stream of several."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from . import combine
from .base import StreamBase
from .owning import Owned

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Combining", "StreamLike"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
V = TypeVar("V")

#: A stream, or what `stream` makes one of.
StreamLike: TypeAlias = StreamBase[U] | Iterable[U] | AsyncIterable[U]


class Combining(StreamBase[T_co]):
    """Operators on several streams; part of `Stream`. Each of ``others`` may be a stream or its source."""

    __slots__ = ()

    def merge(self, *others: StreamLike[U]) -> Stream[T_co | U]:
        """Mix the items of this stream and ``others`` as they come, until all have ended.

        Args:
          *others: Streams, iterables, async iterables or receive channels.

        Raises:
          Exception: the first failure of one of them; the others are cancelled and awaited.

        Ordering:
          Each stream keeps its own order; between them, whichever comes first.

        Cost:
          One task for each of ``others``; no buffer.
        """
        streams: list[StreamBase[Any]] = [self, *_streams(others)]
        return self._then(combine.merge(streams), owned=_owned_by_all(streams))

    @overload
    def zip(self, other: StreamLike[U], /) -> Stream[tuple[T_co, U]]: ...

    @overload
    def zip(self, other: StreamLike[U], another: StreamLike[V], /) -> Stream[tuple[T_co, U, V]]: ...

    @overload
    def zip(self, *others: StreamLike[Any]) -> Stream[tuple[Any, ...]]: ...

    def zip(self, *others: StreamLike[Any]) -> Stream[Any]:
        """Pair the items of this stream with those of ``others``, until one of them has ended.

        Args:
          *others: Streams, iterables, async iterables or receive channels.

        Returns:
          A stream of tuples. The longer streams are stopped and closed; an item that they had ready is lost.

        Cost:
          One task for each of ``others``, which runs one item ahead.
        """
        streams = _streams(others)
        owned = _owned_by_all([self, *streams])
        return self._then(combine.zip_streams(self, streams), ahead=0, owned=owned)

    @overload
    def zip_latest(self, other: StreamLike[U], /) -> Stream[tuple[T_co, U]]: ...

    @overload
    def zip_latest(self, other: StreamLike[U], another: StreamLike[V], /) -> Stream[tuple[T_co, U, V]]: ...

    @overload
    def zip_latest(self, *others: StreamLike[Any]) -> Stream[tuple[Any, ...]]: ...

    def zip_latest(self, *others: StreamLike[Any]) -> Stream[Any]:
        """Whenever this stream or one of ``others`` has a new item, emit the latest item of each.

        The first tuple comes when every side has had an item. After that each item makes a tuple, and the
        tuples differ in one place from one to the next. It ends when all sides have ended; the last item of
        one that ends earlier stays in place. A side that ends without any item ends it at once, because
        there will be no tuple.

        Args:
          *others: Streams, iterables, async iterables or receive channels.

        Returns:
          A stream of tuples, in each the item of this stream first.

        Raises:
          Exception: the first failure of one of them; the others are cancelled and awaited.

        Cancellation:
          When it stops early, sides that wait for their source are interrupted and closed. An item that
          waits for its turn is lost.

        Ordering:
          Each stream keeps its own order; between them, whichever comes first. While the steps below handle
          a tuple, the sides wait, each with one new item at most, and then go on first come, first served.

        Cost:
          One task for each of ``others``; the latest item of each is kept, and a tuple made for each item.

        Source:
          ``combineLatest`` of ReactiveX, ``combine`` of Kotlin's Flow.
        """
        streams: list[StreamBase[Any]] = [self, *_streams(others)]
        return self._then(combine.zip_latest(streams), ahead=0, owned=_owned_by_all(streams))

    def chain(self, *others: StreamLike[U]) -> Stream[T_co | U]:
        """Go on with the items of ``others``, one after the other, when this stream has ended.

        Args:
          *others: Streams, iterables, async iterables or receive channels; each is started when its turn
            comes. Channels and async generators whose turn does not come are closed.
        """
        streams: list[StreamBase[Any]] = [self, *_streams(others)]
        return self._then(combine.chain(streams), owned=_owned_by_all(streams))


def _streams(others: Iterable[StreamLike[U]]) -> list[StreamBase[U]]:
    from .stream import stream  # which makes the class that this one is a part of

    return [stream(other) for other in others]


def _owned_by_all(streams: Iterable[StreamBase[Any]]) -> tuple[Owned, ...]:
    return tuple(each for one in streams for each in one._owned)
