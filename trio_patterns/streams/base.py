"""What all parts of `Stream` share: how it runs, and how a step is put behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from .._core.context import ItemContext
from .engine import Emit, Run

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["StreamBase"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class StreamBase(Generic[T_co]):
    """A description of a stream: a function that runs it, and what later steps may know about it."""

    __slots__ = ("_ahead", "_items", "_run")

    def __init__(self, run: Run[T_co], *, items: Iterable[T_co] | None = None, ahead: int = 0) -> None:
        self._run = run
        # Set for a bare plain iterable: workers may pull from it directly, without a task that feeds them.
        self._items = items
        # How many results may lie ready for a consumer of `open`: as many as arrive at once.
        self._ahead = ahead

    def _then(self, run: Run[U], *, ahead: int | None = None) -> Stream[U]:
        """Make the stream that ``run``, built upon this one's, describes."""
        from .stream import Stream  # the class is made of this one

        return Stream(run, ahead=self._ahead if ahead is None else ahead)

    async def _consume(self, emit: Emit[T_co]) -> None:
        """Run in the caller's task, which gets its context variables back as they were."""
        await trio.lowlevel.checkpoint_if_cancelled()
        context = ItemContext()
        await context.isolate()
        try:
            await self._run(emit, None)
        finally:
            await context.leave()  # noqa: ASYNC102 - shielded, and takes one step
