"""What the retry tests share: a function that fails on schedule and remembers when it was called."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import trio


class FlakyFn:
    """An async function that raises the given errors in turn, then returns its arguments."""

    def __init__(self, errors: Iterable[BaseException]) -> None:
        self.errors = iter(errors)
        self.start = trio.current_time()
        self.times: list[float] = []

    async def __call__(self, *args: object) -> tuple[object, ...]:
        self.times.append(trio.current_time() - self.start)
        await trio.lowlevel.checkpoint()
        for error in self.errors:
            raise error
        return args


@pytest.fixture
def flaky() -> Callable[[Iterable[BaseException]], FlakyFn]:
    return FlakyFn
