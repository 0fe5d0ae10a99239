"""Several streams made one: side by side, in pairs, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.groups import open_unwrapping_nursery
from .base import StreamBase
from .engine import Answer, Emit, Failed, OnError, Run, either, settle
from .opening import StreamOpener
from .outlet import Outlet

__all__ = ["chain", "merge", "zip_streams"]

T = TypeVar("T")


def merge(streams: Sequence[StreamBase[T]]) -> Run[T]:
    """Emit the items of all streams as they come; one task for each."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error))
        scopes = [trio.CancelScope() for _ in streams]

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        async def run_one(upstream: StreamBase[T], own_scope: trio.CancelScope) -> None:
            with own_scope:
                await upstream._run(outlet.emit, None if on_error is None else emit_error)
            if outlet.done:
                for scope in scopes:
                    scope.cancel(reason="nothing more is wanted")

        async with open_unwrapping_nursery() as nursery:
            for upstream, scope in zip(streams, scopes, strict=True):
                nursery.start_soon(run_one, upstream, scope)

    return run


def zip_streams(first: StreamBase[Any], others: Sequence[StreamBase[Any]]) -> Run[tuple[Any, ...]]:
    """Emit tuples of the next item of each stream; the shortest one ends it."""

    async def run(emit: Emit[tuple[Any, ...]], on_error: OnError | None) -> None:
        async with AsyncExitStack() as stack:
            # The others run in tasks of their own, one item ahead; the first one runs in this task.
            opened = [await stack.enter_async_context(StreamOpener(other._run, 0)) for other in others]

            async def step(item: Any) -> bool:
                row = [item]
                for iterator in opened:
                    try:
                        row.append(await anext(iterator))
                    except StopAsyncIteration:
                        return True
                return await settle(emit(tuple(row)))

            await first._run(step, None)

    return run


def chain(streams: Sequence[StreamBase[T]]) -> Run[T]:
    """Emit the items of one stream after the other."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error), budget=CHECKPOINT_BUDGET)

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        context = ItemContext()
        for upstream in streams:
            await upstream._run(outlet.emit, None if on_error is None else emit_error)
            if outlet.done:
                return
            # A stream that was stopped, by `take` say, leaves things as its last item has put them.
            if context.changed():
                await context.restore()

    return run
