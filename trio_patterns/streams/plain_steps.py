"""Steps that handle one item after the other, fused into the chain: no task, no channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from .base import StreamBase
from .calling import MaybeAsync, calling
from .engine import Answer, Emit, OnError, Run, then_stop

__all__ = [
    "distinct",
    "enumerate_items",
    "filter_items",
    "filter_map",
    "map_one_by_one",
    "on_each",
    "scan",
    "skip",
    "skip_while",
    "take",
    "take_while",
]

T = TypeVar("T")
U = TypeVar("U")

_NOTHING: Final = object()


def map_one_by_one(upstream: StreamBase[T], fn: MaybeAsync[T, U]) -> Run[U]:
    """Emit ``fn(item)``."""

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        await upstream._run(calling(fn, lambda _, value: emit(value), on_error), on_error)

    return run


def filter_items(upstream: StreamBase[T], predicate: MaybeAsync[T, object]) -> Run[T]:
    """Emit the items of which ``predicate`` is true."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        def use(item: T, wanted: object) -> Answer:
            return emit(item) if wanted else None

        await upstream._run(calling(predicate, use, on_error), on_error)

    return run


def filter_map(upstream: StreamBase[T], fn: MaybeAsync[T, U | None]) -> Run[U]:
    """Emit ``fn(item)`` unless it is None."""

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        def use(_: T, value: U | None) -> Answer:
            return None if value is None else emit(value)

        await upstream._run(calling(fn, use, on_error), on_error)

    return run


def on_each(upstream: StreamBase[T], fn: MaybeAsync[T, object]) -> Run[T]:
    """Call ``fn`` and emit the item."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        await upstream._run(calling(fn, lambda item, _: emit(item), on_error), on_error)

    return run


def enumerate_items(upstream: StreamBase[T], start: int) -> Run[tuple[int, T]]:
    """Emit pairs of a running number and the item."""

    async def run(emit: Emit[tuple[int, T]], on_error: OnError | None) -> None:
        number = start - 1

        def step(item: T) -> Answer:
            nonlocal number
            number += 1
            return emit((number, item))

        await upstream._run(step, on_error)

    return run


def scan(upstream: StreamBase[T], fn: Callable[[U, T], Awaitable[U] | U], initial: U) -> Run[U]:
    """Emit ``fn(accumulator, item)``, which is the next accumulator."""

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        value = initial

        def fold(item: T) -> Awaitable[U] | U:
            return fn(value, item)

        def use(_: T, result: U) -> Answer:
            nonlocal value
            value = result
            return emit(result)

        await upstream._run(calling(fold, use, on_error), on_error)

    return run


def distinct(upstream: StreamBase[T], key: MaybeAsync[T, object] | None) -> Run[T]:
    """Emit the items whose key is not that of the item before."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        last: Any = _NOTHING

        def use(item: T, mark: object) -> Answer:
            nonlocal last
            # As `itertools.groupby` compares: the very same object is equal, whatever its `==` says.
            if mark is last or (last is not _NOTHING and mark == last):
                return None
            last = mark
            return emit(item)

        def step(item: T) -> Answer:
            return use(item, item)

        await upstream._run(step if key is None else calling(key, use, on_error), on_error)

    return run


def take(upstream: StreamBase[T], n: int) -> Run[T]:
    """Emit the first ``n`` items, and pull no item after them."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        left = n

        def step(item: T) -> Answer:
            nonlocal left
            left -= 1
            return emit(item) if left else then_stop(emit(item))

        if left:
            await upstream._run(step, on_error)
        else:
            await upstream._abandon()

    return run


def skip(upstream: StreamBase[T], n: int) -> Run[T]:
    """Leave the first ``n`` items out."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        left = n

        def step(item: T) -> Answer:
            nonlocal left
            if left:
                left -= 1
                return None
            return emit(item)

        await upstream._run(step, on_error)

    return run


def take_while(upstream: StreamBase[T], predicate: MaybeAsync[T, object]) -> Run[T]:
    """Emit items up to the first of which ``predicate`` is false."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        def use(item: T, wanted: object) -> Answer:
            return emit(item) if wanted else True

        await upstream._run(calling(predicate, use, on_error), on_error)

    return run


def skip_while(upstream: StreamBase[T], predicate: MaybeAsync[T, object]) -> Run[T]:
    """Leave items out up to the first of which ``predicate`` is false."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        skipping = True

        def use(item: T, unwanted: object) -> Answer:
            nonlocal skipping
            if unwanted:
                return None
            skipping = False
            return emit(item)

        judge = calling(predicate, use, on_error)

        def step(item: T) -> Answer:
            return judge(item) if skipping else emit(item)

        await upstream._run(step, on_error)

    return run
