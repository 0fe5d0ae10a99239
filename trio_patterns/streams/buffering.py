"""``Stream.buffer``: the part above runs ahead of the part below."""

from __future__ import annotations

import math
from typing import TypeVar

import trio

from .._core.context import ItemContext
from .._core.groups import open_unwrapping_nursery
from .engine import Answer, Emit, Failed, OnError, Run, either, settle
from .handoff import Handoff, Overflow

__all__ = ["buffered"]

T = TypeVar("T")


def buffered(upstream: Run[T], capacity: int, overflow: Overflow) -> Run[T]:
    """Let ``upstream`` run ahead in a task of its own, by ``capacity`` items."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        handoff: Handoff[T | Failed] = Handoff(capacity, resume_at=capacity, overflow=overflow)
        emit_either = either(emit, on_error)
        scope = trio.CancelScope()

        def put_error(exc: Exception) -> Answer:
            return handoff.put(Failed(exc))

        async def produce() -> None:
            with scope:
                try:
                    await upstream(handoff.put, None if on_error is None else put_error)
                except Exception as exc:
                    if handoff.abandoned or trio.current_effective_deadline() == -math.inf:
                        raise  # from closing the source: the consumer has gone, or is about to
                    handoff.close(exc)
                else:
                    handoff.close()

        context = ItemContext()
        async with open_unwrapping_nursery() as nursery:
            nursery.start_soon(produce)
            while True:
                try:
                    item = await handoff.get()
                except StopAsyncIteration:
                    return
                if await settle(emit_either(item)):
                    break
                if context.changed():
                    await context.restore()
            if not handoff.abandon():
                scope.cancel(reason="nothing more is wanted")

    return run
