"""What the retry tests share: a function that fails on schedule and remembers when it was called."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import trio

Flaky = Callable[..., "FlakyFn"]


class FlakyFn:
    """An async function that raises the given errors in turn, then returns ``"done"``."""

    def __init__(self, errors: Iterable[BaseException | None] = ()) -> None:
        self.errors = iter(errors)
        self.times: list[float] = []
        self.start = trio.current_time()

    async def __call__(self, *args: object, **kwargs: object) -> str:
        self.times.append(trio.current_time() - self.start)
        await trio.lowlevel.checkpoint()
        error = next(self.errors, None)
        if error is not None:
            raise error
        return "done"

    @property
    def calls(self) -> int:
        return len(self.times)


@pytest.fixture
def flaky() -> type[FlakyFn]:
    return FlakyFn
