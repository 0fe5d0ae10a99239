"""The execution model: a cold stream is a function that pushes its items into ``emit``.

``run(emit, on_error)`` starts the source, pushes each item into ``emit`` and returns when the source has
ended. Each plain step wraps ``emit`` in a function of its own and hands that to the step above, so a chain of
plain steps is a chain of calls in one task: no channel, no task.

``emit(item)`` answers at once where nothing has to be waited for, because a coroutine for each step and item
costs several times what most steps do. The answer is false or None ("go on"), true ("no more, please"), or an
awaitable of one of these, which the caller awaits before anything else. So this is how an item is pushed:

    if (answer := emit(item)) and (answer is True or await answer):
        return  # nothing more is wanted

The rules that every ``run`` keeps:

* It calls ``emit`` for one item at a time, whichever task it does so from: not before the last one's answer.
* After "no more" it stops pulling, cleans up and returns, and emits nothing.
* What ``emit`` raises leaves ``run`` as itself. So does the source's own error.
* ``on_error``, if there is one, takes the failure of a single item in place of the item; the stream goes on.
* State is made inside ``run``: the description can run again, and twice at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar, cast, final

import trio

__all__ = ["Answer", "Emit", "Failed", "OnError", "Run", "WaitSlot", "either", "settle", "then_stop"]

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)

#: What `emit` answers: "go on" (false or None), "no more" (true), or an awaitable of one of them.
Answer: TypeAlias = "bool | Awaitable[bool | None] | None"
Emit: TypeAlias = Callable[[T_contra], Answer]
OnError: TypeAlias = Callable[[Exception], Answer]


class Run(Protocol[T_co]):
    """What makes up a stream: see the module's docstring for the rules."""

    async def __call__(self, emit: Emit[T_co], on_error: OnError | None, /) -> None:
        """Push every item into ``emit``."""
        ...


@final
class WaitSlot:
    """One task waits here until it is woken; waking nobody is allowed."""

    __slots__ = ("task",)

    def __init__(self) -> None:
        #: The task that waits, if one does. Hot paths look before they call `wake`.
        self.task: trio.lowlevel.Task | None = None

    async def wait(self) -> None:
        """Wait until woken."""
        self.task = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def wake(self) -> None:
        """Let the waiting task, if there is one, go on."""
        task = self.task
        if task is not None:
            self.task = None
            trio.lowlevel.reschedule(task)


@final
class Failed:
    """Stands in for the item, or the result, of which only a failure is known."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


def either(emit: Emit[T], on_error: OnError | None) -> Emit[T | Failed]:
    """Make one way for results and failures, which are told apart at its end."""
    if on_error is None:
        return cast("Emit[T | Failed]", emit)

    def emit_either(result: T | Failed) -> Answer:
        if isinstance(result, Failed):
            return on_error(result.error)
        return emit(result)

    return emit_either


def then_stop(answer: Answer) -> Answer:
    """Turn an answer to the last item that is wanted into "no more"."""
    if not answer or answer is True:
        return True

    async def stop() -> bool:
        await answer
        return True

    return stop()


async def settle(answer: Answer) -> bool:
    """Wait for an answer, where a coroutine more does not matter; true means "no more"."""
    return answer is True or bool(answer and await answer)
