"""Turning a function and its arguments into a coroutine: wrong ones are refused before anything starts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from inspect import CO_COROUTINE
from types import CodeType
from typing import Any, TypeVar

from .._core.arguments import check_async_fn, check_awaitable

__all__ = ["call", "check_fns", "is_plain_async", "name_of", "positions", "start_in_copied_context"]

T = TypeVar("T")
R = TypeVar("R")


def is_plain_async(fn: object) -> bool:
    """Tell cheaply whether ``fn`` is a function or method made by ``async def``: it needs no check."""
    code = getattr(fn, "__code__", None)
    return type(code) is CodeType and code.co_flags & CO_COROUTINE != 0


def call(name: str, fn: Callable[..., Awaitable[T]], *args: object) -> Awaitable[T]:
    """Call ``fn``, which `check_fns` knows as ``name``, and return what it gave if that can be awaited."""
    if is_plain_async(fn):
        return fn(*args)
    return check_awaitable(name, fn, fn(*args))


def start_in_copied_context(
    start: Callable[[Awaitable[T], object], R],
    fn: Callable[..., Awaitable[T]],
    args: tuple[object, ...],
    name: object,
) -> R:
    """Call ``fn`` and start its awaitable in one and the same copy of the context, as trio's nurseries do.

    For callables that are not plain async functions: they run code when they are called, and a context
    variable which that code sets belongs to the new task, not to the spawner.
    """
    check_async_fn("fn", fn)

    def call_and_start() -> R:
        return start(check_awaitable("fn", fn, fn(*args)), name)

    return copy_context().run(call_and_start)


def positions(fns: tuple[Any, ...]) -> dict[str, Any]:
    """Name positional functions by their place, for messages."""
    return {f"async_fns[{index}]": fn for index, fn in enumerate(fns)}


def check_fns(fns: dict[str, Any]) -> None:
    """Refuse anything among the named arguments that is not an async function."""
    try:
        for name, fn in fns.items():
            if not is_plain_async(fn):
                check_async_fn(name, fn)
    except TypeError:
        # One exception reports the mistake. The other coroutine objects among the arguments can't be
        # awaited by anybody any more, so they are closed instead of warning one by one.
        for fn in fns.values():
            close(fn)
        raise


def close(awaitable: object) -> None:
    """Close a coroutine that will not be awaited; other awaitables have nothing to close."""
    closer = getattr(awaitable, "close", None)
    if closer is not None and hasattr(awaitable, "cr_code"):
        closer()


def name_of(name: object) -> str:
    """Return the name that trio gives to a task which was started with this ``name``."""
    if isinstance(name, partial):
        name = name.func
    if isinstance(name, str):
        return name
    try:
        return f"{name.__module__}.{name.__qualname__}"  # type: ignore[attr-defined]
    except AttributeError:
        return repr(name)
