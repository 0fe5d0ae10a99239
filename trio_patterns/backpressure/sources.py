"""Where the items come from: an iterable or an async iterable, and how the latter is closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, Final, TypeVar, cast

import trio

from .._core.groups import raise_unwrapped

__all__ = ["CLEANUP_SECONDS", "close_source", "iterate"]

ItemT = TypeVar("ItemT")

#: How long an async generator may take to clean up once its consumer was cancelled.
CLEANUP_SECONDS: Final = 5.0


def iterate(items: Iterable[ItemT] | AsyncIterable[ItemT]) -> Iterator[ItemT] | AsyncIterator[ItemT]:
    """Return the iterator of ``items``; refuse what is neither an iterable nor an async iterable, or both."""
    kind: object = type(items)
    is_async = hasattr(kind, "__aiter__")
    is_sync = hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")  # the old sequence protocol
    if is_async and is_sync:
        raise TypeError(
            f"items must be an iterable or an async iterable, got one that is both: {items!r}; "
            "pass iter(...) or aiter(...) of it to say which is meant"
        )
    if is_async:
        return aiter(cast("AsyncIterable[ItemT]", items))
    if not is_sync:
        hint = ": call it" if callable(cast("object", items)) else ""
        raise TypeError(f"items must be an iterable or an async iterable, got {items!r}{hint}")
    return iter(cast("Iterable[ItemT]", items))


async def close_source(
    source: Iterator[Any] | AsyncIterator[Any], failure: BaseException | None = None
) -> None:
    """Close ``source`` if it is an async generator, and await that; raise ``failure`` with what goes wrong.

    Left to the garbage collector it would be closed late, in a task where every await is cancelled. A channel
    or another iterator is its owner's to close.
    """
    if not isinstance(source, AsyncGenerator):
        return
    try:
        if trio.current_effective_deadline() <= trio.current_time():
            with trio.move_on_after(CLEANUP_SECONDS, shield=True):
                await source.aclose()
        else:
            await source.aclose()
    except BaseException as exc:  # noqa: ASYNC103 - raised as part of the group, or itself
        if failure is None:
            raise
        raise_unwrapped(BaseExceptionGroup("the calls and the closing of items failed", [failure, exc]))
