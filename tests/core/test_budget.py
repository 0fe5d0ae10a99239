"""The budget: at most so many operations without a checkpoint."""

from __future__ import annotations

import trio

from trio_patterns._core.budget import CHECKPOINT_BUDGET, CheckpointBudget


class Steps(trio.abc.Instrument):
    """Counts the steps of the current task."""

    def __init__(self) -> None:
        self.task = trio.lowlevel.current_task()
        self.count = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += task is self.task


async def checkpoints(operations: int, budget: CheckpointBudget) -> list[int]:
    """Return at which operations the task yielded."""
    steps = Steps()
    yielded: list[int] = []
    trio.lowlevel.add_instrument(steps)
    for number in range(1, operations + 1):
        before = steps.count
        await budget.checkpoint()
        if steps.count != before:
            yielded.append(number)
    trio.lowlevel.remove_instrument(steps)
    return yielded


async def test_a_checkpoint_comes_when_the_budget_is_spent():
    assert await checkpoints(400, CheckpointBudget()) == [128, 256, 384]
    assert CHECKPOINT_BUDGET == 128


async def test_refill_starts_anew():
    budget = CheckpointBudget()
    for _ in range(100):
        await budget.checkpoint()
    budget.refill()
    assert await checkpoints(130, budget) == [128]


async def test_the_due_checkpoint_sees_a_cancellation():
    budget = CheckpointBudget()
    done = 0
    with trio.CancelScope() as scope:
        scope.cancel()
        while True:
            await budget.checkpoint()
            done += 1
    assert scope.cancelled_caught
    assert done == CHECKPOINT_BUDGET - 1
