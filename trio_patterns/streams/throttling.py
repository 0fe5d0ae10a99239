"""Items let through at a rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

from ..backpressure import RateLimiter
from .base import StreamBase
from .engine import Answer, Emit, OnError, Run, settle

__all__ = ["throttled"]

T = TypeVar("T")


def throttled(upstream: StreamBase[T], make_limiter: Callable[[], RateLimiter]) -> Run[T]:
    """Let each item wait for a permit of a limiter that the run has for itself."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        limiter = make_limiter()

        async def emit_later(item: T) -> bool:
            await limiter.acquire()
            return await settle(emit(item))

        def step(item: T) -> Answer:
            try:
                limiter.acquire_nowait()
            except trio.WouldBlock:
                return emit_later(item)
            return emit(item)

        # A failure takes the place of an item, but there is nothing in it to be spaced out.
        await upstream._run(step, on_error)

    return run
