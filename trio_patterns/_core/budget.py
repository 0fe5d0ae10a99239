"""How many operations may complete without yielding before a checkpoint is due."""

from __future__ import annotations

from typing import Final, final

import trio

__all__ = ["CHECKPOINT_BUDGET", "CheckpointBudget"]

#: Operations that a task may complete without a checkpoint. A checkpoint costs about 5 microseconds and an
#: operation that need not wait well under one, so at 128 the checkpoints add some 40 ns to each. The figure
#: and the idea are Tokio's (its cooperative budget).
CHECKPOINT_BUDGET: Final = 128


@final
class CheckpointBudget:
    """Counts operations that did not yield, and passes a checkpoint when the budget is spent.

    One for each object is enough, even if several tasks use the object: whenever another task got its turn
    to spend from it, this one has yielded.
    """

    __slots__ = ("_spent",)

    def __init__(self) -> None:
        self._spent = 0

    async def checkpoint(self) -> None:
        """Spend one; pass a checkpoint, which may raise `trio.Cancelled`, when none is left."""
        self._spent += 1
        if self._spent >= CHECKPOINT_BUDGET:
            self._spent = 0
            await trio.lowlevel.checkpoint()

    def refill(self) -> None:
        """Start anew: the operation has just yielded."""
        self._spent = 0
