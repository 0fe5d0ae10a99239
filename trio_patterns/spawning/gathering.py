"""`gather`: all results, in argument order, or the first failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

import trio

from .._core.groups import open_unwrapping_nursery
from .calls import call, check_fns, name_of, positions

__all__ = ["gather"]

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")


@overload
async def gather() -> tuple[()]: ...


@overload
async def gather(async_fn1: Callable[[], Awaitable[T1]], /) -> tuple[T1]: ...


@overload
async def gather(
    async_fn1: Callable[[], Awaitable[T1]], async_fn2: Callable[[], Awaitable[T2]], /
) -> tuple[T1, T2]: ...


@overload
async def gather(
    async_fn1: Callable[[], Awaitable[T1]],
    async_fn2: Callable[[], Awaitable[T2]],
    async_fn3: Callable[[], Awaitable[T3]],
    /,
) -> tuple[T1, T2, T3]: ...


@overload
async def gather(
    async_fn1: Callable[[], Awaitable[T1]],
    async_fn2: Callable[[], Awaitable[T2]],
    async_fn3: Callable[[], Awaitable[T3]],
    async_fn4: Callable[[], Awaitable[T4]],
    /,
) -> tuple[T1, T2, T3, T4]: ...


@overload
async def gather(
    async_fn1: Callable[[], Awaitable[T1]],
    async_fn2: Callable[[], Awaitable[T2]],
    async_fn3: Callable[[], Awaitable[T3]],
    async_fn4: Callable[[], Awaitable[T4]],
    async_fn5: Callable[[], Awaitable[T5]],
    /,
) -> tuple[T1, T2, T3, T4, T5]: ...


@overload
async def gather(*async_fns: Callable[[], Awaitable[T]]) -> tuple[T, ...]: ...


async def gather(*async_fns: Callable[[], Awaitable[Any]]) -> tuple[Any, ...]:
    """Run a few async functions side by side and return all their results.

    For a handful of different things that you need together. For many calls of one function use
    ``trio_patterns.backpressure.bounded_map``, which bounds how many run at once. Unlike
    `asyncio.gather` it takes functions, not coroutines, and leaves nothing running when one fails.

    Synopsis::

        user, orders = await gather(partial(load_user, key), partial(load_orders, key))

    Args:
      async_fns: Async functions without arguments; use `functools.partial` to bind some. Each call runs in a
        task of its own.

    Returns:
      Tuple of results, in argument order. ``()`` without functions.

    Raises:
      BaseException: the failure of a function, as itself. The others were cancelled at once, and awaited.
        If more than one failed, an `ExceptionGroup` of all.
      TypeError: at once, naming the position, if one is not an async function: ``gather(fn())``.

    Cancellation:
      Cancels all functions and awaits their cleanup. The results of those that had finished are lost. If the
      caller is cancelled already, nothing starts.

    Ordering:
      The functions start in no defined order.

    Cost:
      One task for each function.

    Source:
      ``join_all`` and ``try_join!`` of Rust's futures, here without the detached rest.

    See Also:
      The page "Task spawning", example ``race_and_select``.
    """
    names = positions(async_fns)
    check_fns(names)
    await trio.lowlevel.checkpoint_if_cancelled()
    results: list[Any] = [None] * len(async_fns)

    async def run(index: int, name: str, fn: Callable[[], Awaitable[Any]]) -> None:
        results[index] = await call(name, fn)

    async with open_unwrapping_nursery() as nursery:
        for index, (name, fn) in enumerate(names.items()):
            nursery.start_soon(run, index, name, fn, name=name_of(fn))
    return tuple(results)
