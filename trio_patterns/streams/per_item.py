"""The operators that do something with each item: ``map`` and its kin."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import outcome

from .._core.arguments import check_fn, check_int, check_limit, check_seconds
from .._core.limiter import Limiter
from . import plain_steps
from .base import StreamBase
from .calling import as_async
from .concurrent_map import map_as_completed
from .flat_map import concat_map, merge_map
from .ordered_map import map_in_order
from .outcomes import to_outcomes
from .progress import StreamProgress, report_progress
from .workers import results_ahead

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["PerItem"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class PerItem(StreamBase[T_co]):
    """Operators on single items; part of `Stream`."""

    __slots__ = ()

    @overload
    def map(
        self, fn: Callable[[T_co], Awaitable[U]], limit: int | Limiter = 1, *, ordered: bool = True
    ) -> Stream[U]: ...

    @overload
    def map(
        self, fn: Callable[[T_co], U], limit: int | Limiter = 1, *, ordered: bool = True
    ) -> Stream[U]: ...

    def map(
        self, fn: Callable[[T_co], Any], limit: int | Limiter = 1, *, ordered: bool = True
    ) -> Stream[Any]:
        """Replace each item by ``fn(item)``, for up to ``limit`` items at the same time.

        For a list in, list out job without a pipeline, `trio_patterns.backpressure.bounded_map` says the
        same with less.

        Args:
          fn: A plain or async function of one item. A result that can be awaited is awaited.
          limit: Calls at once, int >= 1, or a `trio.CapacityLimiter` that may be shared with others; its
            token is held while ``fn`` runs.
          ordered: Emit results in the order of the items; if false, as they come.

        Returns:
          A stream of the results.

        Raises:
          TypeError, ValueError: at the call, for a bad argument.
          Exception: when the stream runs, the first failure of ``fn`` as itself. In order, the failure at
            position k comes after the results before k, and of two failures the earlier position counts;
            unordered, it ends the stream at once. Nothing new is started after a failure.

        Cancellation:
          Calls in flight are cancelled and awaited, whether the stream is cancelled, stops early or fails.

        Ordering:
          ``limit=1`` handles one item after the other, in the task that runs the stream.

        Cost:
          ``limit=1`` adds an await to each item. A higher limit starts up to ``limit`` tasks that share the
          source, none per item; at most ``limit`` items are pulled and not started, and in order at most
          ``2 * limit`` results wait for a slower one before them.

        Source:
          ``buffered`` and ``buffer_unordered`` of Rust's futures.
        """
        check_fn("fn", fn)
        limit = check_limit("limit", limit)
        if limit == 1:
            return self._then(plain_steps.map_one_by_one(self, fn))
        mapper = map_in_order if ordered else map_as_completed
        return self._then(mapper(self, as_async(fn), limit), ahead=results_ahead(limit))

    def filter(self, predicate: Callable[[T_co], Awaitable[object] | object]) -> Stream[T_co]:
        """Keep the items of which ``predicate``, plain or async, is true."""
        check_fn("predicate", predicate)
        return self._then(plain_steps.filter_items(self, predicate))

    @overload
    def filter_map(self, fn: Callable[[T_co], Awaitable[U | None]]) -> Stream[U]: ...

    @overload
    def filter_map(self, fn: Callable[[T_co], U | None]) -> Stream[U]: ...

    def filter_map(self, fn: Callable[[T_co], Any]) -> Stream[Any]:
        """Replace each item by ``fn(item)``, plain or async, and drop those for which it gives None."""
        check_fn("fn", fn)
        return self._then(plain_steps.filter_map(self, fn))

    @overload
    def flat_map(
        self, fn: Callable[[T_co], Awaitable[StreamBase[U]]], limit: int | Limiter = 1
    ) -> Stream[U]: ...

    @overload
    def flat_map(self, fn: Callable[[T_co], StreamBase[U]], limit: int | Limiter = 1) -> Stream[U]: ...

    @overload
    def flat_map(
        self,
        fn: Callable[[T_co], Awaitable[Iterable[U] | AsyncIterable[U]]],
        limit: int | Limiter = 1,
    ) -> Stream[U]: ...

    @overload
    def flat_map(
        self, fn: Callable[[T_co], Iterable[U] | AsyncIterable[U]], limit: int | Limiter = 1
    ) -> Stream[U]: ...

    def flat_map(self, fn: Callable[[T_co], Any], limit: int | Limiter = 1) -> Stream[Any]:
        """Replace each item by all items of what ``fn(item)`` gives.

        Args:
          fn: A function, plain or async, of one item that gives an iterable, an async iterable or a stream.
          limit: Inner streams that run at once, int >= 1 or a `trio.CapacityLimiter`.

        Returns:
          With ``limit=1`` the items of one inner stream after the other; else those of up to ``limit``
          inner streams as they come.

        Raises:
          TypeError: at the call for a bad argument; when the stream runs, if ``fn`` gives something else.

        Cancellation:
          Inner streams that run are cancelled, awaited and closed.

        Cost:
          No task with ``limit=1``, else up to ``limit`` tasks.

        Source:
          ``flatMapConcat`` and ``flatMapMerge`` of Kotlin's Flow.
        """
        check_fn("fn", fn)
        limit = check_limit("limit", limit)
        call = as_async(fn)
        if limit == 1:
            return self._then(concat_map(self, call))
        return self._then(merge_map(self, call, limit), ahead=results_ahead(limit))

    def enumerate(self, start: int = 0) -> Stream[tuple[int, T_co]]:
        """Pair each item with its number: ``(start, item)``, ``(start + 1, item)``, and so on."""
        if not isinstance(start, int):
            raise TypeError(f"start must be an int, got {start!r}")
        return self._then(plain_steps.enumerate_items(self, start))

    def outcomes(self) -> Stream[outcome.Value[T_co] | outcome.Error]:
        """Turn failures into values: an item becomes an ``outcome.Value``, a failure an ``outcome.Error``.

        The failure of one item in ``map``, ``filter``, ``filter_map``, ``take_while`` or ``flat_map`` above
        takes the place of that item and the stream goes on; the failure of the source, or of a step that
        handles several items, is the last outcome. Call ``unwrap()`` on an outcome to get the item or the
        exception.

        Returns:
          A stream that raises no error of the steps above it. `trio.Cancelled`, `KeyboardInterrupt` and
          `SystemExit` are never turned into values.

        Cost:
          One object for each item.

        Source:
          Rust's streams of ``Result``.
        """
        return self._then(to_outcomes(self))

    def progress(
        self,
        report: Callable[[StreamProgress], Awaitable[object] | object],
        *,
        every: float = 1.0,
        total: int | None = None,
    ) -> Stream[T_co]:
        """Call ``report`` with a `StreamProgress` while items pass, and once more at the end.

        Args:
          report: A plain or async function of a `StreamProgress`; what it raises ends the stream.
          every: Seconds between two reports at least, >= 0. Zero reports each item.
          total: How many items there will be, >= 0, if that is known.

        Returns:
          The same items, each counted when the steps below are done with it.

        Cancellation:
          A stream that fails or is cancelled makes no last report.

        Cost:
          A look at the clock for each item.
        """
        check_fn("report", report)
        every = check_seconds("every", every)
        if total is not None:
            check_int("total", total, minimum=0)
        return self._then(report_progress(self, as_async(report), every, total))
