"""Functions of the user's, plain or async: a result that can be awaited is awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from types import CoroutineType, GeneratorType
from typing import Any, Final, TypeVar, cast

from .engine import Answer, Emit, OnError

__all__ = ["MaybeAsync", "as_async", "calling", "can_be_awaited"]

T = TypeVar("T")
U = TypeVar("U")

#: What ``fn`` may be: a plain function or an async one.
MaybeAsync = Callable[[T], Awaitable[U] | U]

_PLAIN: Final = frozenset({bool, bytes, dict, float, int, list, set, str, tuple, type(None)})

#: A function that makes a new class for each item must not fill the memory with them.
_MOST_TYPES: Final = 100


def can_be_awaited(value: object, plain: set[type[Any]]) -> bool:
    """Tell whether ``value`` must be awaited; if not, remember its type in ``plain``.

    Of a function that is not declared ``async def`` only the result tells (a lambda may return a coroutine),
    and asking `inspect.isawaitable` each time costs 250 ns. Callers look into ``plain`` first.
    """
    if type(value) is CoroutineType or isawaitable(value):
        return True
    # A generator is awaitable or not by how it was made, not by its type.
    if len(plain) < _MOST_TYPES and type(value) is not GeneratorType:
        plain.add(type(value))
    return False


def as_async(fn: MaybeAsync[T, U]) -> Callable[[T], Awaitable[U]]:
    """Make a function that calls ``fn`` and awaits the result if it is awaitable."""
    if iscoroutinefunction(fn):
        return fn
    plain: set[type[Any]] = set(_PLAIN)

    async def call(item: T) -> U:
        value: Any = fn(item)
        if type(value) not in plain and can_be_awaited(value, plain):
            value = await value
        return cast("U", value)

    return call


def calling(fn: MaybeAsync[T, U], use: Callable[[T, U], Answer], on_error: OnError | None = None) -> Emit[T]:
    """Make a step that calls ``fn(item)`` and answers what ``use(item, result)`` does.

    A plain function costs no coroutine. ``on_error`` takes a failure of ``fn``, not one of ``use``.
    """
    if iscoroutinefunction(fn):

        async def step_async(item: T) -> bool | None:
            try:
                value = await fn(item)
            except Exception as exc:
                if on_error is None:
                    raise
                answer = on_error(exc)
            else:
                answer = use(item, value)
            return answer is True or bool(answer and await answer)

        return step_async

    plain: set[type[Any]] = set(_PLAIN)

    async def finish(item: T, awaitable: Awaitable[U]) -> bool | None:
        try:
            value = await awaitable
        except Exception as exc:
            if on_error is None:
                raise
            answer = on_error(exc)
        else:
            answer = use(item, value)
        return answer is True or bool(answer and await answer)

    def step(item: T) -> Answer:
        try:
            value: Any = fn(item)
        except Exception as exc:
            if on_error is None:
                raise
            return on_error(exc)
        if type(value) not in plain and can_be_awaited(value, plain):
            return finish(item, value)
        return use(item, value)

    return step
