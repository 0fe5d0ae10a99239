"""How far a long run has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, final

import trio

from .base import StreamBase
from .engine import Emit, OnError, Run, settle

__all__ = ["StreamProgress", "report_progress"]

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class StreamProgress:
    """What `Stream.progress` reports.

    Attributes:
      count: Items that have passed so far.
      elapsed: Seconds since the stream was started.
      total: How many items there will be, if that was said.
      done: True in the last report, when the stream has ended or nothing more was wanted.
    """

    count: int
    elapsed: float
    total: int | None
    done: bool

    @property
    def rate(self) -> float:
        """Items in a second on average; 0.0 before any time has passed."""
        return self.count / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def fraction(self) -> float | None:
        """The part that is done, 0.0 to 1.0; None if the total is not known."""
        if self.total is None:
            return None
        return min(1.0, self.count / self.total) if self.total else 1.0


def report_progress(
    upstream: StreamBase[T],
    report: Callable[[StreamProgress], Awaitable[object]],
    every: float,
    total: int | None,
) -> Run[T]:
    """Count what passes and report it, at most once in ``every`` seconds and at the end."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        start = trio.current_time()
        due = start + every
        count = 0

        async def step(item: T) -> bool:
            nonlocal count, due
            stopped = await settle(emit(item))
            count += 1
            now = trio.current_time()
            if now >= due:
                due = now + every
                await report(StreamProgress(count, now - start, total, done=False))
            return stopped

        await upstream._run(step, on_error)
        await report(StreamProgress(count, trio.current_time() - start, total, done=True))

    return run
