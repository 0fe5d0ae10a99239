"""Batches by size or time."""

from __future__ import annotations

from typing import TypeVar

import trio

from .._core.context import ItemContext
from .._core.groups import open_unwrapping_nursery
from .base import StreamBase
from .engine import Answer, Emit, OnError, Run, WaitSlot, settle
from .outlet import Outlet

__all__ = ["chunk_by_size", "chunk_by_size_or_time"]

T = TypeVar("T")


def chunk_by_size(upstream: StreamBase[T], size: int) -> Run[list[T]]:
    """Emit lists of ``size`` items; the last may be shorter."""

    async def run(emit: Emit[list[T]], on_error: OnError | None) -> None:
        batch: list[T] = []
        outlet = Outlet(emit)

        def step(item: T) -> Answer:
            nonlocal batch
            batch.append(item)
            if len(batch) < size:
                return None
            full, batch = batch, []
            return outlet.emit(full)

        try:
            await upstream._run(step, None)
        except Exception:
            # What came before the source's error is emitted before it. After an error from below, or "no
            # more", the outlet lets nothing pass.
            if batch:
                await settle(outlet.emit(batch))  # noqa: ASYNC120 - a cancellation takes precedence
            raise
        if batch:
            await settle(outlet.emit(batch))

    return run


def chunk_by_size_or_time(upstream: StreamBase[T], size: int, within: float) -> Run[list[T]]:
    """Emit lists of ``size`` items, or of what came within ``within`` seconds of a list's first item.

    One task sleeps until the open batch is due. A batch that fills up in time does not wake it: it finds a
    younger batch when it wakes by itself and sleeps on, so an item costs an append, not a deadline.
    """

    async def run(emit: Emit[list[T]], on_error: OnError | None) -> None:
        batch: list[T] = []
        due = 0.0
        outlet = Outlet(emit)
        timer = WaitSlot()
        nap = trio.CancelScope()
        ended = False

        def flush() -> Answer:
            nonlocal batch
            full, batch = batch, []
            return outlet.emit(full)

        def step(item: T) -> Answer:
            nonlocal due
            if not batch:
                if outlet.done:
                    return True
                due = trio.current_time() + within
                timer.wake()
            batch.append(item)
            return None if len(batch) < size else flush()

        async def flush_when_due() -> None:
            nonlocal nap
            context = ItemContext()
            while not ended:
                if not batch:
                    await timer.wait()
                elif trio.current_time() < due:
                    with trio.CancelScope() as nap:
                        await trio.sleep_until(due)
                elif await settle(flush()):
                    upstream_scope.cancel()
                    return
                elif context.changed():
                    await context.restore()

        async with open_unwrapping_nursery() as nursery:
            nursery.start_soon(flush_when_due)
            try:
                with trio.CancelScope() as upstream_scope:
                    await upstream._run(step, None)
            except Exception:
                if batch:
                    await settle(flush())  # noqa: ASYNC120
                raise
            if batch:
                await settle(flush())
            # The sleeper ends by itself: it may be in the middle of emitting the last batch but one.
            ended = True
            nap.cancel()
            timer.wake()

    return run
