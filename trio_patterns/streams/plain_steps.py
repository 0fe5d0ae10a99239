"""Steps that handle one item after the other, fused into the chain: no task, no channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from .base import StreamBase
from .engine import Emit, OnError, Run

__all__ = ["enumerate_items", "filter_items", "filter_map", "map_one_by_one", "skip", "take", "take_while"]

T = TypeVar("T")
U = TypeVar("U")


def map_one_by_one(upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]]) -> Run[U]:
    """Emit ``fn(item)``."""

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        async def step(item: T) -> bool:
            try:
                value = await fn(item)
            except Exception as exc:
                if on_error is None:
                    raise
                return await on_error(exc)
            return await emit(value)

        await upstream._run(step, on_error)

    return run


def filter_items(upstream: StreamBase[T], predicate: Callable[[T], Awaitable[object]]) -> Run[T]:
    """Emit the items of which ``predicate`` is true."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        async def step(item: T) -> bool:
            try:
                wanted = await predicate(item)
            except Exception as exc:
                if on_error is None:
                    raise
                return await on_error(exc)
            return await emit(item) if wanted else False

        await upstream._run(step, on_error)

    return run


def filter_map(upstream: StreamBase[T], fn: Callable[[T], Awaitable[U | None]]) -> Run[U]:
    """Emit ``fn(item)`` unless it is None."""

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        async def step(item: T) -> bool:
            try:
                value = await fn(item)
            except Exception as exc:
                if on_error is None:
                    raise
                return await on_error(exc)
            return False if value is None else await emit(value)

        await upstream._run(step, on_error)

    return run


def enumerate_items(upstream: StreamBase[T], start: int) -> Run[tuple[int, T]]:
    """Emit pairs of a running number and the item."""

    async def run(emit: Emit[tuple[int, T]], on_error: OnError | None) -> None:
        number = start - 1

        async def step(item: T) -> bool:
            nonlocal number
            number += 1
            return await emit((number, item))

        await upstream._run(step, on_error)

    return run


def take(upstream: StreamBase[T], n: int) -> Run[T]:
    """Emit the first ``n`` items, and pull no item after them."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        left = n

        async def step(item: T) -> bool:
            nonlocal left
            left -= 1
            return await emit(item) or not left

        if left:
            await upstream._run(step, on_error)

    return run


def skip(upstream: StreamBase[T], n: int) -> Run[T]:
    """Leave the first ``n`` items out."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        left = n

        async def step(item: T) -> bool:
            nonlocal left
            if left:
                left -= 1
                return False
            return await emit(item)

        await upstream._run(step, on_error)

    return run


def take_while(upstream: StreamBase[T], predicate: Callable[[T], Awaitable[object]]) -> Run[T]:
    """Emit items up to the first of which ``predicate`` is false."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        async def step(item: T) -> bool:
            try:
                wanted = await predicate(item)
            except Exception as exc:
                if on_error is None:
                    raise
                return await on_error(exc)
            return not wanted or await emit(item)

        await upstream._run(step, on_error)

    return run
