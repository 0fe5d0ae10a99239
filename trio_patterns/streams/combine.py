"""Several streams made one: side by side, in pairs, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .base import StreamBase
from .engine import Answer, Emit, Failed, OnError, Run, either, settle
from .opening import StreamOpener
from .outlet import Outlet
from .owning import abandon
from .side_by_side import run_side_by_side

__all__ = ["chain", "merge", "zip_latest", "zip_streams"]

T = TypeVar("T")

_NOTHING: Final = object()


def merge(streams: Sequence[StreamBase[T]]) -> Run[T]:
    """Emit the items of all streams as they come."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error))

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        await run_side_by_side(
            streams, outlet, [outlet.emit] * len(streams), None if on_error is None else emit_error
        )

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


def zip_latest(streams: Sequence[StreamBase[Any]]) -> Run[tuple[Any, ...]]:
    """Emit a tuple of the latest item of each stream whenever one of them has a new one."""

    async def run(emit: Emit[tuple[Any, ...]], on_error: OnError | None) -> None:
        latest: list[Any] = [_NOTHING] * len(streams)
        missing = len(streams)

        def put(change: tuple[int, Any]) -> Answer:
            # Called in turn, so an item that has to wait changes nothing before its own tuple is due.
            nonlocal missing
            index, item = change
            if missing and latest[index] is _NOTHING:
                missing -= 1
            latest[index] = item
            return None if missing else emit(tuple(latest))

        outlet = Outlet(put)

        def putter(index: int) -> Emit[Any]:
            return lambda item: outlet.emit((index, item))

        def had_nothing(index: int) -> bool:
            return latest[index] is _NOTHING

        await run_side_by_side(
            streams, outlet, [putter(index) for index in range(len(streams))], ends_all=had_nothing
        )

    return run


def chain(streams: Sequence[StreamBase[T]]) -> Run[T]:
    """Emit the items of one stream after the other."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        outlet = Outlet(either(emit, on_error), budget=CHECKPOINT_BUDGET)

        def emit_error(exc: Exception) -> Answer:
            return outlet.emit(Failed(exc))

        context = ItemContext()
        to_come = iter(streams)
        try:
            for upstream in to_come:
                await upstream._run(outlet.emit, None if on_error is None else emit_error)
                if outlet.done:
                    return
                # A stream that was stopped, by `take` say, leaves things as its last item has put them.
                if context.changed():
                    await context.restore()
        finally:
            # None are left where the last one was started.
            await abandon(each for upstream in to_come for each in upstream._owned)  # noqa: ASYNC102

    return run
