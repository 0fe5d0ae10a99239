"""One way down for several tasks."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Generic, TypeVar, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .engine import Answer, Emit

__all__ = ["Outlet"]

T = TypeVar("T")


@final
class Outlet(Generic[T]):
    """Serialises ``emit`` and remembers how it ended.

    With a ``budget`` it passes a checkpoint after that many items: for sources that follow one another in a
    task, of which each counts only its own items and may be short.
    """

    __slots__ = ("_busy", "_emit", "_left", "_lot", "_waiting", "done", "failed")

    def __init__(self, emit: Emit[T], *, budget: int = 0) -> None:
        self._emit = emit
        self._left = budget  # counted down to zero; from zero it never comes there
        self._lot = trio.lowlevel.ParkingLot()
        # Somebody's answer is being awaited, or the turn has been handed over.
        self._busy = False
        self._waiting = 0
        #: Nothing more is wanted below.
        self.done = False
        #: An exception came from below, so it is not the source's.
        self.failed = False

    def emit(self, item: T) -> Answer:
        """Push ``item`` when it is this task's turn, first come first served."""
        if self._busy:
            return self._emit_in_turn(item)
        # After a failure those who stood in line are about to be cancelled: one error is enough.
        if self.done or self.failed:
            return True
        try:
            answer = self._emit(item)
        except BaseException:
            self.failed = True
            raise
        self._left -= 1
        if not self._left:
            self._left = CHECKPOINT_BUDGET
            return self._pause(answer)
        if answer:
            if answer is not True:
                self._busy = True
                return self._finish(answer)
            self.done = True
        return answer

    async def _emit_in_turn(self, item: T) -> bool:
        # Whoever leaves hands its turn over, so that no newcomer can overtake.
        self._waiting += 1
        try:
            await self._lot.park()
        finally:
            self._waiting -= 1
        if self.done or self.failed:
            self._leave()
            return True
        try:
            answer = self._emit(item)
        except BaseException:
            self.failed = True
            self._leave()
            raise
        if answer and answer is not True:
            return await self._finish(answer)
        self._leave()
        self.done = bool(answer)
        return self.done

    async def _finish(self, answer: Awaitable[bool | None]) -> bool:
        try:
            if await answer:
                self.done = True
        except BaseException:
            self.failed = True
            raise
        finally:
            self._leave()
        return self.done or self.failed

    async def _pause(self, answer: Answer) -> bool:
        if answer is True:
            self.done = True
        elif answer:
            self._busy = True
            await self._finish(answer)
        # Not while others stand in line: each of them would then have to.
        if not self.done and not self.failed:
            await trio.lowlevel.checkpoint()
        return self.done or self.failed

    def _leave(self) -> None:
        # Counted, because asking an empty parking lot costs 400 ns.
        if not self._waiting or not self._lot.unpark():
            self._busy = False
