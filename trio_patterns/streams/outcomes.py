"""Failures as values."""

from __future__ import annotations

from typing import TypeVar

import outcome

from .base import StreamBase
from .engine import Answer, Emit, OnError, Run, settle
from .outlet import Outlet

__all__ = ["to_outcomes"]

T = TypeVar("T")


def to_outcomes(upstream: StreamBase[T]) -> Run[outcome.Maybe[T]]:
    """Emit each item as a value, each failure as an error; the failure of the source is the last."""

    async def run(emit: Emit[outcome.Maybe[T]], on_error: OnError | None) -> None:
        outlet = Outlet(emit)

        def step(item: T) -> Answer:
            return outlet.emit(outcome.Value(item))

        def step_error(exc: Exception) -> Answer:
            return outlet.emit(outcome.Error(exc))

        try:
            await upstream._run(step, step_error)
        except Exception as exc:
            if outlet.failed or outlet.done:
                raise
            await settle(step_error(exc))

    return run
