"""Steps that end a wait: for too long a gap, or because a token was cancelled."""

from __future__ import annotations

import math
from collections.abc import Awaitable
from typing import TypeVar

import trio

from ..shutdown import CancellationToken
from .base import StreamBase
from .engine import Answer, Emit, OnError, Run

__all__ = ["fail_after_gap", "take_until"]

T = TypeVar("T")


def fail_after_gap(upstream: StreamBase[T], seconds: float) -> Run[T]:
    """Raise `trio.TooSlowError` when the next item takes longer than ``seconds``."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        scope = trio.CancelScope(deadline=trio.current_time() + seconds)

        async def resume(answer: Awaitable[bool | None]) -> bool | None:
            # The steps below may take the time they need.
            scope.deadline = math.inf
            stop = await answer
            scope.deadline = trio.current_time() + seconds
            return stop

        def pause(answer: Answer) -> Answer:
            if answer and answer is not True:
                return resume(answer)
            scope.deadline = trio.current_time() + seconds
            return answer

        def step(item: T) -> Answer:
            return pause(emit(item))

        def step_error(exc: Exception) -> Answer:
            assert on_error is not None
            return pause(on_error(exc))

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

        async def finish(answer: Awaitable[bool | None]) -> bool:
            nonlocal emitting
            emitting = True
            try:
                return bool(await answer) or token.cancelled
            finally:
                emitting = False

        def step(item: T) -> Answer:
            if token.cancelled:
                return True
            answer = emit(item)
            return finish(answer) if answer and answer is not True else answer or token.cancelled

        def step_error(exc: Exception) -> Answer:
            assert on_error is not None
            if token.cancelled:
                return True
            answer = on_error(exc)
            return finish(answer) if answer and answer is not True else answer or token.cancelled

        if token.cancelled:
            return
        unregister = token._on_cancel(stop_waiting)
        try:
            with scope:
                await upstream._run(step, None if on_error is None else step_error)
        finally:
            unregister()

    return run
