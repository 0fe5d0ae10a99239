"""What the cases of `stream_operator_contract` share: a source that tells what became of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import trio

from ...streams import Stream, stream
from .base import Contract, ensure

__all__ = ["N", "SourceFailure", "StreamOperatorCases", "Tap", "alike"]

#: Items of a source that ends.
N = 6


class SourceFailure(Exception):  # noqa: N818
    """What a source fails with."""


@dataclass
class Tap:
    """A source that counts how often it was opened, pulled and closed."""

    item: Callable[[int], Any]
    opened: int = 0
    pulled: int = 0
    closed: int = 0
    failed: bool = False
    on_pull: Callable[[int], object] = field(default=lambda number: None)

    async def items(  # noqa: ASYNC900 - `stream` closes it
        self,
        n: int,
        gap: float | None = 0.0,
        error: BaseException | None = None,
        cleanup: Callable[[], Any] | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Yield items, ``gap`` seconds apart; None: some at once, some after a checkpoint or two."""
        self.opened += 1
        try:
            for number in range(n):
                if gap is None:
                    for _ in range(number % 3):
                        await trio.lowlevel.checkpoint()
                elif gap > 0.0:
                    await trio.sleep(gap)
                self.pulled += 1
                self.on_pull(number)
                yield self.item(number)
            if error is not None:
                self.failed = True
                raise error
        finally:
            try:
                if cleanup is not None:
                    await cleanup()  # noqa: ASYNC102 - that is the point
            finally:
                self.closed += 1

    def check_closed(self) -> None:
        """Raise if a run of the source was not closed."""
        ensure(
            self.closed == self.opened,
            "the source is closed on every way out, before the run is over",
            f"opened {self.opened} times, closed {self.closed} times",
        )


class StreamOperatorCases(Contract):
    """Base of the cases."""

    build: Any
    item: Any
    ahead: int | None
    keeps_failures: bool

    def tap(self) -> Tap:
        """Return a source that nobody has opened."""
        return Tap(self.item)

    def built(self, tap: Tap, *args: Any, **options: Any) -> Stream[Any]:
        """Return the operator's stream of a source."""
        built: Stream[Any] = self.build(stream(lambda: tap.items(*args, **options)))
        return built


def alike(first: list[Any], second: list[Any]) -> bool:
    """Tell whether two runs gave the same items, in whatever order."""
    return sorted(map(repr, first)) == sorted(map(repr, second))
