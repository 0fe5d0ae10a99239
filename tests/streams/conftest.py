"""Sources that tell what became of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import pytest
import trio


@dataclass
class Tap:
    """A source of 0, 1, 2, ... that counts what was pulled and notes when it was closed."""

    pulled: int = 0
    closed_at: list[float] = field(default_factory=list)

    async def items(
        self, n: int = 1_000_000, *, gap: float = 0.0, error: Exception | None = None, closing: float = 0.0
    ) -> AsyncGenerator[int, None]:
        try:
            for i in range(n):
                if gap:
                    await trio.sleep(gap)
                self.pulled += 1
                yield i
            if error is not None:
                raise error
        finally:
            try:
                if closing:
                    await trio.sleep(closing)
            finally:
                self.closed_at.append(trio.current_time())

    def source(self, n: int = 1_000_000, **how: object) -> Callable[[], AsyncGenerator[int, None]]:
        return lambda: self.items(n, **how)  # type: ignore[arg-type]


@pytest.fixture
def tap() -> Tap:
    return Tap()


@dataclass
class Gauge:
    """An async function's look at itself: calls started, finished, cancelled, and how many ran at once."""

    started: int = 0
    finished: int = 0
    cancelled: int = 0
    running: int = 0
    most: int = 0

    def watch(self, fn: Callable[[int], float]) -> Callable[[int], object]:
        """Make an async function that sleeps ``fn(item)`` seconds and returns the item."""

        async def watched(item: int) -> int:
            self.started += 1
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await trio.sleep(fn(item))
            except trio.Cancelled:
                self.cancelled += 1
                raise
            finally:
                self.running -= 1
            self.finished += 1
            return item

        return watched


@pytest.fixture
def gauge() -> Gauge:
    return Gauge()
