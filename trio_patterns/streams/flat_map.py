"""``flat_map``: each item becomes a stream, and the streams become one."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import Any, TypeVar

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Answer, Emit, Failed, OnError, Run, either, settle
from .outlet import Outlet
from .sources import source_run
from .workers import Crew, Worker, pass_failures

__all__ = ["concat_map", "merge_map"]

T = TypeVar("T")
U = TypeVar("U")


def inner_run(fn: object, inner: Any) -> Run[Any]:
    """Make a run of what ``fn`` gave for an item."""
    if isinstance(inner, StreamBase):
        inner_stream: StreamBase[Any] = inner  # pyright: ignore[reportUnknownVariableType]
        return inner_stream._run
    if isinstance(inner, Iterable | AsyncIterable):
        source: Iterable[Any] | AsyncIterable[Any] = inner  # pyright: ignore[reportUnknownVariableType]
        return source_run(source)
    raise TypeError(
        f"fn must give an iterable, an async iterable or a Stream for each item, but {fn!r} gave {inner!r}"
    )


def concat_map(upstream: StreamBase[T], fn: Callable[[T], Awaitable[Any]]) -> Run[Any]:
    """One inner stream after the other."""

    async def run(emit: Emit[Any], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error), budget=CHECKPOINT_BUDGET)

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        async def step(item: T) -> bool:
            try:
                inner = inner_run(fn, await fn(item))
                await inner(outlet.emit, None if on_error is None else emit_error)
            except Exception as exc:
                if on_error is None or outlet.failed:
                    raise
                return await settle(emit_error(exc))
            return outlet.done

        await upstream._run(step, on_error)

    return run


def merge_map(upstream: StreamBase[T], fn: Callable[[T], Awaitable[Any]], limit: int | Limiter) -> Run[Any]:
    """Up to ``limit`` inner streams at once, items as they come."""

    async def run(emit: Emit[Any], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error), budget=CHECKPOINT_BUDGET)

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        async def run_inner(item: T) -> None:
            inner = inner_run(fn, await fn(item))
            await inner(outlet.emit, None if on_error is None else emit_error)

        async def work(worker: Worker) -> None:
            context = ItemContext()
            spent = 0
            while True:
                for item in crew.ready():
                    if crew.growing:
                        crew.grow()
                    try:
                        await call(item)
                    except Exception as exc:
                        if on_error is None or outlet.failed:
                            raise
                        await settle(emit_error(exc))
                    if outlet.done:
                        crew.stop(worker)
                        return
                    if outlet.failed or crew.stopped:
                        return
                    if context.current != context.base:
                        await context.restore()
                    spent += 1
                    if spent == CHECKPOINT_BUDGET:
                        spent = 0
                        await trio.lowlevel.checkpoint()
                if not await crew.more():
                    return

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        limited = crew.hold_token(run_inner)
        call = limited if on_error is None else pass_failures(limited)
        await crew.run()

    return run
