"""Failures as values."""

from __future__ import annotations

from typing import TypeVar

import outcome

from .base import StreamBase
from .engine import Emit, OnError, Outlet, Run

__all__ = ["to_outcomes"]

T = TypeVar("T")


def to_outcomes(upstream: StreamBase[T]) -> Run[outcome.Maybe[T]]:
    """Emit each item as a value, each failure as an error; the failure of the source is the last."""

    async def run(emit: Emit[outcome.Maybe[T]], on_error: OnError | None) -> None:
        outlet = Outlet(emit)

        async def step(item: T) -> bool:
            return await outlet.emit(outcome.Value(item))

        async def step_error(exc: Exception) -> bool:
            return await outlet.emit(outcome.Error(exc))

        try:
            await upstream._run(step, step_error)
        except Exception as exc:
            if outlet.failed or outlet.done:
                raise
            await step_error(exc)

    return run
