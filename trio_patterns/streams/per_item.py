"""The operators that call a function with each item: ``map`` and its kin."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._core.arguments import check_fn, check_limit, check_sync_fn
from .._core.limiter import Limiter
from ..spawning import offload
from . import plain_steps
from .base import StreamBase
from .calling import as_async
from .concurrent_map import map_as_completed
from .flat_map import concat_map, merge_map
from .ordered_map import map_in_order
from .workers import results_ahead

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["PerItem"]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")


class PerItem(StreamBase[T_co]):
    """Operators that call a function with each item; part of `Stream`."""

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
          ``limit=1`` handles one item after the other, in the task that runs the stream. With more, ``fn``
          sees the context variables that the stream was run with, not what steps above have set.

        Cost:
          ``limit=1`` adds a call to each item, and an await if ``fn`` is async. A higher limit starts up to
          ``limit`` tasks that share the source, none per item; at most ``limit`` items are pulled and not
          started. Results that wait: in order ``2 * limit`` at most, for a slower one before them; else one
          for each task, for the steps below.

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

    def offload(
        self, fn: Callable[[T_co], U], limit: int | Limiter = 1, *, executor: Executor | None = None
    ) -> Stream[U]:
        """Replace each item by ``fn(item)``, which blocks, computed in threads or by an executor.

        Each call goes through `trio_patterns.spawning.offload`. Results come in the order of the items. A
        thread makes no computation faster: for that, pass a process pool.

        Args:
          fn: A plain function of one item. For a process pool, ``fn`` and the items must be picklable.
          limit: Calls at once, int >= 1, or a `trio.CapacityLimiter` that may be shared with others; its
            token is held until the call has really ended.
          executor: A `concurrent.futures.Executor` that you own; None: trio's threads, of which its default
            limiter allows 40 at once whatever ``limit`` is.

        Returns:
          A stream of the results.

        Raises:
          TypeError, ValueError: at the call, for a bad argument; an async ``fn`` is one.
          Exception: when the stream runs, as in `map`: the failure at position k comes after the results
            before k.

        Cancellation:
          A call that still waits for a thread, or is queued in the executor, is withdrawn. One that runs
          can't be stopped: the stream waits until it has ended, whether it is cancelled, stops early or
          fails. So a call that hangs makes the stream hang; in a trio thread, let long loops poll
          `trio.from_thread.check_cancelled`. A cancelled stream may still emit the result of such a call.

        Cost:
          That of a call in a thread or the executor, and of `map` with this limit.

        Note:
          `trio.testing.MockClock` with autojump knows nothing of threads and executors: it jumps to the next
          deadline while they work, so a `timeout` around expires at once.

        Source:
          ``spawn_blocking`` of Tokio, behind ``buffered``.
        """
        check_sync_fn("fn", fn)
        limit = check_limit("limit", limit)
        if executor is not None and not isinstance(executor, Executor):
            raise TypeError(f"executor must be a concurrent.futures.Executor, got {executor!r}")
        return self.map(_offloading(fn, executor), limit)

    def on_each(self, fn: Callable[[T_co], Awaitable[object] | object]) -> Stream[T_co]:
        """Call ``fn``, plain or async, with each item and pass the item on as it is.

        What ``fn`` returns is dropped. The item waits for an async ``fn`` to end; what it raises ends the
        stream, as in `map`.
        """
        check_fn("fn", fn)
        return self._then(plain_steps.on_each(self, fn))


def _offloading(fn: Callable[[T], U], executor: Executor | None) -> Callable[[T], Awaitable[U]]:
    async def call(item: T) -> U:
        return await offload(fn, item, executor=executor)

    return call
