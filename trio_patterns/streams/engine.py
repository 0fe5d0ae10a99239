"""The execution model: a cold stream is a function that pushes its items into ``emit``.

``run(emit, on_error)`` starts the source, awaits ``emit(item)`` for each item and returns when the source has
ended. Each plain step wraps ``emit`` in a function of its own and hands that to the step above, so a chain of
plain steps is a chain of awaits in one task: no channel, no task.

The rules that every ``run`` keeps:

* It calls ``emit`` for one item at a time, whichever task it does so from.
* ``emit`` returning true means "no more, please": it stops pulling, cleans up and returns, and emits no more.
* What ``emit`` raises leaves ``run`` as itself. So does the source's own error.
* ``on_error``, if there is one, takes the failure of a single item in place of the item; the stream goes on.
* State is made inside ``run``: the description can run again, and twice at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeAlias, TypeVar, cast, final

import trio

__all__ = ["Emit", "Failed", "OnError", "Outlet", "Run", "WaitSlot", "either"]

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)

Emit: TypeAlias = Callable[[T_contra], Awaitable[bool]]
OnError: TypeAlias = Callable[[Exception], Awaitable[bool]]


class Run(Protocol[T_co]):
    """What makes up a stream: see the module's docstring for the rules."""

    async def __call__(self, emit: Emit[T_co], on_error: OnError | None, /) -> None:
        """Push every item into ``emit``."""
        ...


@final
class WaitSlot:
    """One task waits here until it is woken; waking nobody is allowed."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None

    @property
    def occupied(self) -> bool:
        """Whether a task waits."""
        return self._task is not None

    async def wait(self) -> None:
        """Wait until woken."""
        self._task = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def wake(self) -> None:
        """Let the waiting task, if there is one, go on."""
        task = self._task
        if task is not None:
            self._task = None
            trio.lowlevel.reschedule(task)


@final
class Outlet(Generic[T]):
    """One way down for several tasks: serialises ``emit`` and remembers how it ended."""

    __slots__ = ("_busy", "_emit", "_lot", "_waiting", "done", "failed")

    def __init__(self, emit: Emit[T]) -> None:
        self._emit = emit
        self._lot = trio.lowlevel.ParkingLot()
        self._busy = False
        self._waiting = 0
        #: Nothing more is wanted below.
        self.done = False
        #: An exception came from below, so it is not the source's.
        self.failed = False

    async def emit(self, item: T) -> bool:
        """Push ``item`` when it is this task's turn, first come first served."""
        if self._busy:
            # Whoever leaves hands its turn over, so that no newcomer can overtake.
            self._waiting += 1
            try:
                await self._lot.park()
            finally:
                self._waiting -= 1
        else:
            self._busy = True
        try:
            # After a failure those who stood in line are about to be cancelled: one error is enough.
            if not self.done and not self.failed:
                self.done = await self._emit(item)
        except BaseException:
            self.failed = True
            raise
        finally:
            # Counted, because asking an empty parking lot costs 400 ns.
            if not self._waiting or not self._lot.unpark():
                self._busy = False
        return self.done or self.failed


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

    async def emit_either(result: T | Failed) -> bool:
        if isinstance(result, Failed):
            return await on_error(result.error)
        return await emit(result)

    return emit_either
