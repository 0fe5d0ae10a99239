"""Steps that end a wait: for too long a gap, or because a token was cancelled."""

from __future__ import annotations

import math
from typing import TypeVar

import trio

from ..shutdown import CancellationToken
from .base import StreamBase
from .engine import Emit, OnError, Run

__all__ = ["fail_after_gap", "take_until"]

T = TypeVar("T")


def fail_after_gap(upstream: StreamBase[T], seconds: float) -> Run[T]:
    """Raise `trio.TooSlowError` when the next item takes longer than ``seconds``."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        scope = trio.CancelScope(deadline=trio.current_time() + seconds)

        async def step(item: T) -> bool:
            # The steps below may take the time they need.
            scope.deadline = math.inf
            stop = await emit(item)
            scope.deadline = trio.current_time() + seconds
            return stop

        async def step_error(exc: Exception) -> bool:
            assert on_error is not None
            scope.deadline = math.inf
            stop = await on_error(exc)
            scope.deadline = trio.current_time() + seconds
            return stop

        with scope:
            await upstream._run(step, None if on_error is None else step_error)
        if scope.cancelled_caught:
            raise trio.TooSlowError(f"no item within {seconds:g} seconds")

    return run


def take_until(upstream: StreamBase[T], token: CancellationToken) -> Run[T]:
    """End when ``token`` is cancelled: at once if the source waits, else after the item on its way."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        emitting = False
        scope = trio.CancelScope()

        def stop_waiting() -> None:
            if not emitting:
                scope.cancel(reason=token.reason)

        async def step(item: T) -> bool:
            nonlocal emitting
            if token.cancelled:
                return True
            emitting = True
            try:
                return await emit(item) or token.cancelled
            finally:
                emitting = False

        async def step_error(exc: Exception) -> bool:
            nonlocal emitting
            assert on_error is not None
            if token.cancelled:
                return True
            emitting = True
            try:
                return await on_error(exc) or token.cancelled
            finally:
                emitting = False

        if token.cancelled:
            return
        unregister = token._on_cancel(stop_waiting)
        try:
            with scope:
                await upstream._run(step, None if on_error is None else step_error)
        finally:
            unregister()

    return run
