"""``map`` with a limit: calls at the same time, results in the order of the items or as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Emit, Failed, OnError, Run, either
from .outlet import Outlet
from .workers import Crew, Worker, hold_token, pass_failures

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
                for item in crew.ready():
                    if crew.growing:
                        crew.grow()
                    if context.current != context.base:
                        context.rebase()
                    result: U | Failed
                    try:
                        result = await call(item)
                    except Exception as exc:
                        if on_error is None:
                            raise
                        result = Failed(exc)
                    if context.current != context.base:
                        await context.restore()
                    if (answer := outlet.emit(result)) and (answer is True or await answer):
                        crew.stop(worker)
                        return
                    if context.current != context.base:
                        await context.restore()
                    spent += 1
                    if spent == CHECKPOINT_BUDGET:
                        spent = 0
                        await trio.lowlevel.checkpoint()
                if not await crew.more():
                    return

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        await crew.run()

    return run


def map_in_order(upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]], limit: int | Limiter) -> Run[U]:
    """Emit results in the order of the items; the failure of one comes after the results before it.

    Context variables don't pass a step with a limit: the task that ran an item need not be the one that
    emits its result.

    Whoever completes the position that is due emits it and all that lie ready behind it. Between the first
    position not emitted and the last one pulled lie at most twice the limit: tasks that end together, in any
    order, then all go on without waiting for the slowest of them.
    """
    limited = hold_token(limit, fn)

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        call = limited if on_error is None else pass_failures(limited)
        emit_either = either(emit, on_error)
        line = trio.lowlevel.ParkingLot()  # tasks that are too far ahead
        ready: dict[int, U | Failed] = {}  # {position: result} of what is done and not due yet
        pulled = due = waiting = 0
        emitting = False
        failure: Exception | None = None
        failed_at = -1

        def note(exc: Exception, index: int) -> bool:
            """Remember the earliest failure; what stands before it is emitted first."""
            nonlocal failure, failed_at
            if failure is not None and failed_at < index:
                return False
            failure, failed_at = exc, index
            return True

        def fail(exc: Exception, index: int) -> None:
            """Let nothing start any more, and end what stands behind; what stands before goes on."""
            if note(exc, index):
                crew.stop_pulling()
                crew.cancel(after=index)
                line.unpark_all()

        def source_failed(exc: Exception, queued: int) -> None:
            note(exc, pulled + queued)

        async def emit_due(result: U | Failed, context: ItemContext) -> bool:
            """Emit ``result``, which is due, and what lies ready behind it. True: nothing more is wanted."""
            nonlocal due, emitting, failure
            emitting = True
            while due != failed_at:
                if (answer := emit_either(result)) and (answer is True or await answer):
                    # Stay "emitting": nothing may follow. A failure further on would never have come to pass.
                    failure = None
                    return True
                if context.current != context.base:
                    await context.restore()
                due += 1
                if waiting:
                    line.unpark()
                if due not in ready:
                    break
                result = ready.pop(due)
            if failure is not None and due == failed_at:
                raise failure
            emitting = False
            return False

        async def work(worker: Worker) -> None:
            nonlocal pulled, waiting
            context = ItemContext()
            spent = 0
            pulling = True  # from here an exception is the source's
            try:
                while True:  # noqa: ASYNC913 - `more` waits, and the budget sees to the rest
                    while pulled - due >= 2 * crew.capacity and not crew.stopped:
                        waiting += 1
                        try:
                            await line.park()
                        finally:
                            waiting -= 1
                    for item in crew.ready():
                        pulling = False
                        worker.index = index = pulled
                        pulled += 1
                        if crew.growing:
                            crew.grow()
                        if context.current != context.base:
                            context.rebase()
                        result: U | Failed
                        try:
                            result = await call(item)
                        except Exception as exc:
                            result = Failed(exc)
                            if on_error is None:
                                fail(exc, index)
                        worker.index = -1
                        if context.current != context.base:
                            await context.restore()
                        if index != due or emitting:
                            ready[index] = result
                        elif await emit_due(result, context):
                            crew.stop(worker)
                            return
                        spent += 1
                        if spent == CHECKPOINT_BUDGET:
                            spent = 0
                            await trio.lowlevel.checkpoint()
                        pulling = True
                        if crew.stopped:
                            return
                        if pulled - due >= 2 * crew.capacity:
                            break
                    else:
                        if not await crew.more():
                            return
            except Exception as exc:
                if not pulling:
                    raise
                note(exc, pulled)

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        await crew.run(source_failed)
        if failure is not None:
            raise failure

    return run
