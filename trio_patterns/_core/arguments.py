"""Argument checks: bad arguments fail at the call, by name and with the value, before anything starts."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from typing import Any

from .limiter import Limiter

__all__ = [
    "check_async_fn",
    "check_awaitable",
    "check_callable",
    "check_choice",
    "check_fn",
    "check_int",
    "check_limit",
    "check_number",
    "check_seconds",
    "check_sync_fn",
]


def check_int(name: str, value: object, *, minimum: int) -> int:
    """Return ``value`` if it is an int (not a bool) of at least ``minimum``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int >= {minimum}, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be an int >= {minimum}, got {value!r}")
    return value


def check_number(
    name: str,
    value: object,
    *,
    minimum: float = 0.0,
    above: bool = False,
    finite: bool = True,
    unit: str = "",
) -> float:
    """Return ``value`` as a float if it is in range; ``above`` excludes the minimum itself."""
    wanted = (
        f"{name} must be a number{unit} {'>' if above else '>='} {minimum:g}{' and finite' if finite else ''}"
    )
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{wanted}, got {value!r}")
    # NaN fails every comparison, so ask for what is right instead of what is wrong.
    in_range = value > minimum if above else value >= minimum
    if not in_range or (finite and math.isinf(value)):
        raise ValueError(f"{wanted}, got {value!r}")
    return float(value)


def check_seconds(
    name: str, value: object, *, minimum: float = 0.0, above: bool = False, finite: bool = True
) -> float:
    """Return ``value`` as float seconds if it is in range."""
    return check_number(name, value, minimum=minimum, above=above, finite=finite, unit=" of seconds")


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of ``choices``."""
    if value not in choices:
        wanted = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return value


def check_limit(name: str, value: object) -> int | Limiter:
    """Return ``value`` if it is an int >= 1 or an object with a capacity limiter's methods."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value >= 1:
            return value
        raise ValueError(f"{name} must be an int >= 1 or a trio.CapacityLimiter, got {value!r}")
    if isinstance(value, Limiter) and not inspect.isclass(value):
        return value
    raise TypeError(f"{name} must be an int >= 1 or a trio.CapacityLimiter, got {value!r}")


def check_callable(name: str, fn: object, wanted: str) -> None:
    """Refuse what can't be called, and above all the result of a call where the function itself is wanted."""
    if inspect.isawaitable(fn):
        what = getattr(fn, "__qualname__", None) or type(fn).__name__
        if inspect.iscoroutine(fn):
            # The caller's mistake is reported by the exception; a second report
            # ("coroutine ... was never awaited") would only hide it.
            fn.close()
        raise TypeError(
            f"{name} must be {wanted}, got the coroutine object {what!r}: "
            f"pass the function and its arguments apart, `{what}, ...`, not the call `{what}(...)`"
        )
    if inspect.isasyncgen(fn) or inspect.isgenerator(fn):
        raise TypeError(f"{name} must be {wanted}, got the generator object {fn!r}")
    if not callable(fn):
        raise TypeError(f"{name} must be {wanted}, got {fn!r}")


def check_async_fn(name: str, fn: object) -> None:
    """Refuse what can be seen not to be an async function: a coroutine, a generator, a non-callable.

    A plain callable passes, because it may return an awaitable (a lambda, a partial, a bound method); what
    it returned is judged by `check_awaitable` when it was called.
    """
    check_callable(name, fn, "an async function")
    if inspect.isasyncgenfunction(fn):
        raise TypeError(f"{name} must be an async function, got the async generator function {fn!r}")


def check_awaitable(name: str, fn: Callable[..., Any], value: object) -> Awaitable[Any]:
    """Return ``value``, what ``fn`` returned, if it can be awaited."""
    if not inspect.isawaitable(value):
        raise TypeError(
            f"{name} must be an async function, but {fn!r} returned {value!r}, which can't be awaited"
        )
    return value


def check_fn(name: str, fn: object) -> None:
    """Refuse what can be seen to be neither a plain nor an async function."""
    check_callable(name, fn, "a function, plain or async")


def check_sync_fn(name: str, fn: object) -> None:
    """Refuse an async function where only a plain one can run, as in a thread."""
    check_callable(name, fn, "a plain (not async) function")
    if inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn):
        raise TypeError(
            f"{name} must be a plain (not async) function, got the async function {fn!r}: await it directly"
        )
