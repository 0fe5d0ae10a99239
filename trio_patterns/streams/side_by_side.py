"""Several streams at the same time, all into one outlet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, final

import trio

from .._core.groups import open_unwrapping_nursery
from .base import StreamBase
from .engine import Answer, Emit, OnError
from .outlet import Outlet

__all__ = ["run_side_by_side"]

X = TypeVar("X")


@final
class _Side:
    """One of the streams."""

    __slots__ = ("interruptible", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        #: Whether it is its source that it waits for. An item on its way down is not interrupted: whoever
        #: emitted it will hear "no more" and then close in peace.
        self.interruptible = True


async def run_side_by_side(
    streams: Sequence[StreamBase[Any]],
    outlet: Outlet[Any],
    emits: Sequence[Emit[Any]],
    on_error: OnError | None = None,
    *,
    ends_all: Callable[[int], bool] = lambda index: False,
) -> None:
    """Run each stream into its own of ``emits``, which lead to ``outlet``, until all have ended.

    The first one runs in this task, each of the others in one of its own. When nothing more is wanted below,
    or the end of the stream at a position is the end of all, the others end; one that waits for its source is
    interrupted at once.
    """
    sides = [_Side() for _ in streams]

    def stop(own: _Side) -> None:
        outlet.done = True
        own.interruptible = False
        for side in sides:
            if side.interruptible:
                side.scope.cancel(reason="nothing more is wanted")

    def watched(emit: Callable[[X], Answer], side: _Side) -> Callable[[X], Answer]:
        async def finish(answer: Awaitable[bool | None]) -> bool:
            side.interruptible = False
            if await answer:
                stop(side)
                return True
            side.interruptible = True
            return False

        def step(item: X) -> Answer:
            answer = emit(item)
            if not answer:
                return None
            if answer is True:
                stop(side)
                return True
            return finish(answer)

        return step

    async def run_side(index: int) -> None:
        # Also if all is over by now: a channel is closed by running its stream, and its sender may wait.
        side = sides[index]
        with side.scope:
            await streams[index]._run(
                watched(emits[index], side), None if on_error is None else watched(on_error, side)
            )
        if ends_all(index):
            stop(side)

    async with open_unwrapping_nursery() as nursery:
        for index in range(1, len(streams)):
            nursery.start_soon(run_side, index)
        await run_side(0)
