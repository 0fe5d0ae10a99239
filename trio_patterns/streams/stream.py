"""``Stream``, put together from its parts, and ``stream``, which makes one."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar, TypeVarTuple, cast, final, overload

from .._core.arguments import check_callable, check_seconds
from .base import StreamBase
from .combining import Combining
from .owning import owned_by
from .pacing import Pacing
from .per_item import PerItem
from .selecting import Selecting
from .shaping import Shaping
from .sinks import Sinks
from .sources import from_call, from_ticks, source_run
from .splitting import Splitting
from .tracking import Tracking

__all__ = ["Stream", "stream"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
PosArgsT = TypeVarTuple("PosArgsT")


@final
class Stream(
    PerItem[T_co],
    Tracking[T_co],
    Selecting[T_co],
    Shaping[T_co],
    Pacing[T_co],
    Combining[T_co],
    Splitting[T_co],
    Sinks[T_co],
):
    """A cold, reusable description of a stream of items; made by `stream`.

    Nothing runs until a sink (`collect`, `for_each`, ...) is awaited or the stream is opened (`open`). Each
    run starts the source anew, where the source allows it. Operators check their arguments when they are
    called and return a new stream.

    Synopsis::

        pages = await stream(urls).map(fetch, limit=10).filter(is_html).collect()

    Cancellation:
      Whatever ends a run early (``break``, `take`, an exception, a cancellation): the source is no longer
      pulled, what is in flight is cancelled and awaited, async generators are closed. Closing a source
      has 10 seconds; then its cleanup is cancelled.

    Ordering:
      Every operator keeps the order of the items, except ``map(ordered=False)``, ``flat_map`` with a limit,
      and `merge`.

    Cost:
      A chain of plain steps is a chain of calls: no task, no channel. A step that needs concurrency adds
      tasks, never one for each item. Items that are always ready pass a checkpoint every 128.
      Context variables that a function sets while it handles one item are not seen with the next.

    Source:
      Rust's futures and tokio-stream for the vocabulary, Kotlin's Flow for the execution model.
    """

    __slots__ = ()

    @staticmethod
    def of(*items: T) -> Stream[T]:
        """Make a stream of the arguments."""
        return stream(items)

    @staticmethod
    def empty() -> Stream[Any]:
        """Make a stream without items."""
        return stream(())

    @staticmethod
    def ticks(period: float) -> Stream[int]:
        """Make an endless stream of 0, 1, 2, ... at 0, ``period``, ``2 * period``, ... seconds.

        They count from the start of the run.

        The times do not drift. A tick that is over when the steps below are ready again is left out, number
        and all; ticks never come in a bunch.

        Args:
          period: Seconds between ticks, > 0.
        """
        return Stream(from_ticks(check_seconds("period", period, above=True)))


@overload
def stream(source: StreamBase[T], /) -> Stream[T]: ...


@overload
def stream(source: AsyncIterable[T] | Iterable[T], /) -> Stream[T]: ...


@overload
def stream(
    source: Callable[[*PosArgsT], AsyncIterable[T] | Iterable[T]], /, *args: *PosArgsT
) -> Stream[T]: ...


# mypy can't compare a TypeVarTuple with what takes anything.
def stream(source: Any, /, *args: Any) -> Stream[Any]:  # type: ignore[misc]
    """Describe a stream of the items of ``source``; nothing runs yet.

    Args:
      source: An iterable, an async iterable, a `trio.abc.ReceiveChannel`, a `Stream` (returned as it is),
        or a function, best an async generator function, that gives one of the first three and is called anew
        for each run.
      *args: Arguments for that function.

    Returns:
      A `Stream`. It can run again if the source can: a list or a function can; an iterator, a generator
      object or a channel is used up by the first run.

    Raises:
      TypeError: if ``source`` is none of these, or a coroutine.

    Cancellation:
      Async generators and receive channels are closed when the run ends, however that comes; also where a
      run does not get as far as starting them (``take(0)``, a later part of `Stream.chain`, a sink that is
      cancelled before it begins). A plain iterator that you pass in stays open, where the run stopped.

    Cost:
      Memory O(1): items are pulled one by one, and endless sources are welcome.
    """
    if not isinstance(source, StreamBase | AsyncIterable | Iterable):
        check_callable(
            "source", source, "an iterable, an async iterable, a channel, or a function that gives one"
        )
        return Stream(from_call(partial(source, *args)))
    if args:
        raise TypeError(f"stream() takes arguments only for a function, got {args!r} for {source!r}")
    if isinstance(source, StreamBase):
        return cast("Stream[Any]", source)
    if isinstance(source, AsyncIterable):
        async_items: AsyncIterable[Any] = source  # pyright: ignore[reportUnknownVariableType]
        return Stream(source_run(async_items), owned=owned_by(async_items))
    items: Iterable[Any] = source  # pyright: ignore[reportUnknownVariableType]
    return Stream(source_run(items), items=items)
