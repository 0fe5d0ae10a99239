"""What all parts of `Stream` share: how it runs, and how a step is put behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from .._core.context import ItemContext
from .engine import Emit, Run
from .owning import Owned, abandon

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["StreamBase"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class StreamBase(Generic[T_co]):
    """A description of a stream: a function that runs it, and what later steps may know about it."""

    __slots__ = ("_ahead", "_items", "_owned", "_run")

    def __init__(
        self,
        run: Run[T_co],
        *,
        items: Iterable[T_co] | None = None,
        ahead: int = 0,
        owned: tuple[Owned, ...] = (),
    ) -> None:
        # Whoever has a stream and does not call this calls `_abandon`.
        self._run = run
        # Set for a bare plain iterable: workers may pull from it directly, without a task that feeds them.
        self._items = items
        # How many results may lie ready for a consumer of `open`: as many as arrive at once.
        self._ahead = ahead
        # What a run closes, however it ends.
        self._owned = owned

    def _then(
        self, run: Run[U], *, ahead: int | None = None, owned: tuple[Owned, ...] | None = None
    ) -> Stream[U]:
        """Make the stream that ``run``, built upon this one's, describes."""
        from .stream import Stream  # the class is made of this one

        return Stream(
            run,
            ahead=self._ahead if ahead is None else ahead,
            owned=self._owned if owned is None else owned,
        )

    async def _abandon(self) -> None:
        """Close what a run would have closed: there will be none."""
        await abandon(self._owned)

    async def _consume(self, emit: Emit[T_co]) -> None:
        """Run in the caller's task, which gets its context variables back as they were."""
        try:
            await trio.lowlevel.checkpoint_if_cancelled()
        except BaseException:
            await self._abandon()  # noqa: ASYNC102 - no shield, as where a run closes its source
            raise
        context = ItemContext()
        await context.isolate()
        try:
            await self._run(emit, None)
        finally:
            await context.leave()  # noqa: ASYNC102 - shielded, and takes one step
