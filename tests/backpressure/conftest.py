"""What the tests of this family share: a gauge of calls in flight."""

from __future__ import annotations

from typing import Self

import pytest
import trio


class Gauge:
    """Counts what is in flight and remembers the peak."""

    def __init__(self) -> None:
        self.now = self.peak = self.started = self.finished = self.cancelled = 0

    def __enter__(self) -> Self:
        self.started += 1
        self.now += 1
        self.peak = max(self.peak, self.now)
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self.now -= 1
        if exc_type is None:
            self.finished += 1
        elif issubclass(exc_type, trio.Cancelled):
            self.cancelled += 1


@pytest.fixture
def gauge() -> Gauge:
    return Gauge()
