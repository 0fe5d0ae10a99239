"""Steps that end a wait: for too long a gap, or because a token was cancelled."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from ..shutdown import CancellationToken
from .base import StreamBase
from .engine import Answer, Emit, OnError, Run

__all__ = ["fail_after_gap", "take_until"]

T = TypeVar("T")
X = TypeVar("X")


def fail_after_gap(upstream: StreamBase[T], seconds: float) -> Run[T]:
    """Raise `trio.TooSlowError` when the next item takes longer than ``seconds``."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        scope = trio.CancelScope(deadline=trio.current_time() + seconds)

        async def resume(answer: Awaitable[bool | None]) -> bool | None:
            # The steps below may take the time they need.
            stop = await answer
            if not stop:
                scope.deadline = trio.current_time() + seconds
            return stop

        def timed(push: Callable[[X], Answer]) -> Callable[[X], Answer]:
            def step(item: X) -> Answer:
                try:
                    answer = push(item)
                except BaseException:
                    # There will be no next item: the source closes without a deadline of ours.
                    scope.deadline = math.inf
                    raise
                if not answer:
                    scope.deadline = trio.current_time() + seconds
                    return None
                scope.deadline = math.inf
                return True if answer is True else resume(answer)

            return step

        with scope:
            await upstream._run(timed(emit), None if on_error is None else timed(on_error))
        if scope.cancelled_caught:
            raise trio.TooSlowError(f"no item within {seconds:g} seconds")

    return run


def take_until(upstream: StreamBase[T], token: CancellationToken) -> Run[T]:
    """End when ``token`` is cancelled: at once if the source waits, else after the item on its way."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        # False while the source may be interrupted: an item on its way down is finished, and after the last
        # one the source closes in peace.
        busy = False
        scope = trio.CancelScope()

        def stop_waiting() -> None:
            if not busy:
                scope.cancel(reason=token.reason)

        async def finish(answer: Awaitable[bool | None]) -> bool:
            nonlocal busy
            busy = bool(await answer) or token.cancelled
            return busy

        def ending(push: Callable[[X], Answer]) -> Callable[[X], Answer]:
            def step(item: X) -> Answer:
                nonlocal busy
                if token.cancelled:
                    return True
                busy = True
                answer = push(item)
                if answer and answer is not True:
                    return finish(answer)
                busy = bool(answer) or token.cancelled
                return busy

            return step

        if token.cancelled:
            await upstream._abandon()
            return
        unregister = token._on_cancel(stop_waiting)
        try:
            with scope:
                await upstream._run(ending(emit), None if on_error is None else ending(on_error))
        finally:
            unregister()

    return run
