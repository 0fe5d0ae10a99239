"""Call an async function for every item, with a bound on how many calls run at once."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import TypeVar

import outcome

from .._core.arguments import check_async_fn, check_limit
from .._core.limiter import Limiter
from .map_run import MapRun
from .sources import iterate

__all__ = ["bounded_map", "bounded_outcomes"]

ItemT = TypeVar("ItemT")
T = TypeVar("T")


async def bounded_map(
    async_fn: Callable[[ItemT], Awaitable[T]],
    items: Iterable[ItemT] | AsyncIterable[ItemT],
    *,
    limit: int | Limiter = 10,
) -> list[T]:
    """Call ``async_fn(item)`` for every item, at most ``limit`` at a time, and return the results.

    The first failure cancels the other calls: use it when you need all results or none. To get each item's
    result or failure, use `bounded_outcomes`. To handle results as they come, or to go on for ever, use a
    stream: this one keeps every result until the end.

    Synopsis::

        pages = await bounded_map(fetch, urls, limit=10)
        # pages[i] belongs to urls[i]; no call is running any more

    Args:
      async_fn: An async function of one argument, or any callable that returns an awaitable.
      items: An iterable or an async iterable. It is read as the calls go along and never far ahead: items
        pulled and not started are one at most.
      limit: Calls in flight at most: an int >= 1, or a `trio.CapacityLimiter` (or look-alike) that may be
        shared with other calls, so that they are bounded together. A call holds one token.

    Returns:
      A list of results, in input order.

    Raises:
      TypeError: if ``async_fn`` is not an async function, ``items`` neither an iterable nor an async
        iterable (or both), or ``limit`` not a limit.
      ValueError: if ``limit`` < 1.
      Exception: what ``async_fn`` or ``items`` raised, as itself. If several calls failed, before the
        cancellation reached them or in their own cleanup, an `ExceptionGroup` of all.

    Cancellation:
      The calls in flight are cancelled and awaited. After a failure no further item is started. If ``items``
      is an async generator, it is closed on every path; under cancellation it gets 5 seconds to clean up.
      Other iterators are left as they are.

    Ordering:
      Calls start in input order. An async iterator is advanced by several tasks, one at a time. Each call
      sees the context variables that this call was made with, not those that another item's call set.

    Cost:
      At most ``limit`` tasks, whatever the number of items, started as they are needed; O(limit) memory
      beside the results. Calls that do not yield are run without yielding, except every 128 items.

    Source:
      Tokio's ``Semaphore`` + ``spawn`` + ``join_all``; here the workers are the bound.

    See Also:
      ``docs/patterns/backpressure``, ``examples/backpressure/bounded_map.py``.
    """
    check_async_fn("async_fn", async_fn)
    return await MapRun(async_fn, iterate(items), check_limit("limit", limit), capture=False).run()


async def bounded_outcomes(
    async_fn: Callable[[ItemT], Awaitable[T]],
    items: Iterable[ItemT] | AsyncIterable[ItemT],
    *,
    limit: int | Limiter = 10,
) -> list[outcome.Outcome[T]]:
    """Call ``async_fn(item)`` for every item, at most ``limit`` at a time, and return what became of each.

    Like `bounded_map`, but one failure does not touch the others.

    Synopsis::

        for url, result in zip(urls, await bounded_outcomes(fetch, urls, limit=10)):
            match result:
                case outcome.Value(page): ...
                case outcome.Error(error): ...

    Args:
      async_fn: As in `bounded_map`.
      items: As in `bounded_map`.
      limit: As in `bounded_map`.

    Returns:
      A list with an ``outcome.Value`` or ``outcome.Error`` for each item, in input order. An error holds an
      `Exception`: a cancellation, `KeyboardInterrupt` or `SystemExit` is no item's outcome and is raised,
      also as part of a group that mixes it with failures. ``result.unwrap()`` returns the value or raises.

    Raises:
      TypeError: as in `bounded_map`; also if ``async_fn`` returned something that cannot be awaited.
      ValueError: if ``limit`` < 1.
      Exception: what ``items`` raised.

    Cancellation:
      As in `bounded_map`. The outcomes so far are lost; to keep them, store them in ``async_fn``.

    Ordering:
      As in `bounded_map`.

    Cost:
      As in `bounded_map`.

    Source:
      Tokio's ``Semaphore`` + ``spawn`` + ``join_all`` -> ``Vec<Result>``.

    See Also:
      ``docs/patterns/backpressure``, ``examples/backpressure/bounded_map.py``.
    """
    check_async_fn("async_fn", async_fn)
    return await MapRun(async_fn, iterate(items), check_limit("limit", limit), capture=True).run()
