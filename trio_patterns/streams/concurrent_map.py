"""``map`` with a limit: calls at the same time, results in the order of the items or as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Emit, Failed, OnError, Outlet, Run, either
from .workers import NOTHING, Crew, Worker, capacity_of, hold_token, pass_failures

__all__ = ["map_as_completed", "map_in_order"]

T = TypeVar("T")
U = TypeVar("U")


def map_as_completed(
    upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]], limit: int | Limiter
) -> Run[U]:
    """Emit results as they come; the first failure ends the rest."""
    limited = hold_token(limit, fn)

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        call = limited if on_error is None else pass_failures(limited)
        outlet = Outlet(either(emit, on_error))

        async def work(worker: Worker) -> None:
            context = ItemContext()
            spent = 0
            while True:
                item = crew.pull()
                if item is NOTHING:
                    if await crew.more():
                        continue
                    return
                if crew.growing:
                    crew.grow()
                if context.current != context.base:
                    context.rebase()
                result: U | Failed
                try:
                    result = await call(cast("T", item))
                except Exception as exc:
                    if on_error is None:
                        raise
                    result = Failed(exc)
                if await outlet.emit(result):
                    if not crew.stopped:
                        crew.stop_pulling()
                        crew.cancel(but=worker)
                    return
                if context.current != context.base:
                    await context.restore()
                spent += 1
                if spent == CHECKPOINT_BUDGET:
                    spent = 0
                    await trio.lowlevel.checkpoint()

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        await crew.run()

    return run


def map_in_order(upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]], limit: int | Limiter) -> Run[U]:
    """Emit results in the order of the items; the failure of one comes after the results before it."""
    limited = hold_token(limit, fn)

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        call = limited if on_error is None else pass_failures(limited)
        line = _Line(either(emit, on_error), 2 * capacity_of(limit))

        async def work(worker: Worker) -> None:
            context = ItemContext()
            spent = 0
            while True:
                while crew.pulled - line.next_index >= line.window and not crew.stopped:
                    await line.wait()
                item = crew.pull()
                if item is NOTHING:
                    if await crew.more():
                        continue
                    return
                worker.index = index = crew.pulled - 1
                if crew.growing:
                    crew.grow()
                if context.current != context.base:
                    context.rebase()
                result: U | Failed
                try:
                    result = await call(cast("T", item))
                except Exception as exc:
                    result = Failed(exc)
                    if on_error is None:
                        fail(exc, index)
                worker.index = -1
                if await line.put(index, result):
                    if not crew.stopped:
                        crew.stop_pulling()
                    crew.cancel(but=worker)
                    return
                if context.current != context.base:
                    await context.restore()
                spent += 1
                if spent == CHECKPOINT_BUDGET:
                    spent = 0
                    await trio.lowlevel.checkpoint()

        def fail(exc: Exception, index: int) -> None:
            """Let nothing start any more, and end what stands behind; what stands before goes on."""
            if line.fail(exc, index):
                crew.stop_pulling()
                crew.cancel(after=index)

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        await crew.run(fail)
        line.finish()

    return run


_NO_FAILURE: Final = -1


@final
class _Line:
    """Results waiting for their turn: emitted by position, at most ``window`` between pulled and emitted.

    A window of twice the limit lets tasks that end together, in any order, all go on without waiting for the
    slowest of them. Whoever completes the position that is due emits it and all that lie ready behind it.
    """

    def __init__(self, emit: Emit[Any], window: int) -> None:
        self._emit = emit
        self._ready: dict[int, Any] = {}
        self._emitting = False
        self._lot = trio.lowlevel.ParkingLot()
        self._failed_index = _NO_FAILURE
        self._failure: Exception | None = None
        self.window = window
        self.next_index = 0

    async def wait(self) -> None:
        """Wait until the line may have moved."""
        await self._lot.park()

    def fail(self, exc: Exception, index: int) -> bool:
        """Note the failure of the item at ``index`` if it is the earliest; tell whether it was."""
        if self._failed_index != _NO_FAILURE and self._failed_index < index:
            return False
        self._failure, self._failed_index = exc, index
        self._lot.unpark_all()
        return True

    async def put(self, index: int, result: Any) -> bool:
        """Emit what is due, ``result`` or not; true when nothing more is wanted."""
        if index != self.next_index or self._emitting:
            self._ready[index] = result
            return False
        self._emitting = True
        while index != self._failed_index:
            if await self._emit(result):
                # Stay "emitting": nothing may follow. A failure further on would never have come to pass.
                self._failure = None
                return True
            index += 1
            self.next_index = index
            if self._lot:
                self._lot.unpark()
            if index not in self._ready:
                self._emitting = False
                return False
            result = self._ready.pop(index)
        assert self._failure is not None
        raise self._failure

    def finish(self) -> None:
        """Raise the failure of the source itself, for which no item was put."""
        if self._failure is not None:
            raise self._failure
