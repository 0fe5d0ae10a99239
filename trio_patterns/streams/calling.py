"""Functions of the user's, plain or async: a result that can be awaited is awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from types import CoroutineType
from typing import Any, TypeVar, cast

__all__ = ["MaybeAsync", "as_async"]

T = TypeVar("T")
U = TypeVar("U")

#: What ``fn`` may be: a plain function or an async one.
MaybeAsync = Callable[[T], Awaitable[U] | U]


def as_async(fn: MaybeAsync[T, U]) -> Callable[[T], Awaitable[U]]:
    """Make a function that calls ``fn`` and awaits the result if it is awaitable.

    What is declared ``async def`` is taken as it is. Of anything else only the result tells (a lambda may
    return a coroutine), and asking `inspect.isawaitable` each time costs 250 ns; so the type of the last
    plain result is remembered.
    """
    if iscoroutinefunction(fn):
        return fn
    plain: type[Any] | None = None

    async def call(item: T) -> U:
        nonlocal plain
        value: Any = fn(item)
        kind: type[Any] = type(value)  # pyright: ignore[reportUnknownVariableType]
        if kind is CoroutineType:
            value = await value
        elif kind is not plain:
            if isawaitable(value):
                value = await value
            else:
                plain = kind
        return cast("U", value)

    return call
