"""``map`` with a limit, results as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Emit, Failed, OnError, Run, either
from .workers import Crew, Worker, pass_failures

__all__ = ["map_as_completed"]

T = TypeVar("T")
U = TypeVar("U")


def map_as_completed(
    upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]], limit: int | Limiter
) -> Run[U]:
    """Emit results as they come; the first failure ends the rest.

    While the steps below are at work on one result, those of the other tasks lie ready behind it, and whoever
    emits goes on with them: to hand the turn over from task to task would cost each result a task switch.
    """

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        emit_either = either(emit, on_error)
        ready: deque[U | Failed] = deque()
        line = trio.lowlevel.ParkingLot()  # tasks whose result lies ready, in the same order
        # Also for ever after "no more" and after a failure from below: nothing may follow.
        emitting = False

        async def emit_rest(answer: Awaitable[bool | None], context: ItemContext) -> bool:
            """Wait for an answer, then emit what has become ready meanwhile. True: nothing more is wanted."""
            nonlocal emitting
            emitted = 1
            stop = await answer or crew.stopped
            while not stop and ready:
                if context.changed():
                    await context.restore()
                result = ready.popleft()
                line.unpark()
                next_answer = emit_either(result)
                stop = next_answer is True or bool(next_answer and await next_answer) or crew.stopped
                emitted += 1
                if emitted == CHECKPOINT_BUDGET:
                    emitted = 0
                    await trio.lowlevel.checkpoint()
            emitting = bool(stop)
            return emitting

        async def work(worker: Worker) -> None:
            nonlocal emitting
            context = ItemContext()
            current, base = context.current, context.base
            spent = 0
            while True:  # noqa: ASYNC913 - `more` waits, and the budget sees to the rest
                for item in crew.ready():
                    if crew.growing:
                        crew.grow()
                    result: U | Failed
                    try:
                        result = await call(item)
                    except Exception as exc:
                        if on_error is None:
                            emitting = True
                            raise
                        result = Failed(exc)
                    if current != base:
                        current = await context.restore()
                    if emitting:
                        ready.append(result)
                        # Until it is on its way: who takes results slowly should not find more started.
                        await line.park()
                    else:
                        emitting = True
                        answer = emit_either(result)
                        if not answer:
                            emitting = False
                        elif answer is True or await emit_rest(answer, context):
                            crew.stop(worker)
                            return
                    if crew.stopped:
                        return
                    if current != base:
                        current = await context.restore()
                    spent += 1
                    if spent == CHECKPOINT_BUDGET:
                        spent = 0
                        await trio.lowlevel.checkpoint()
                if not await crew.more():
                    return

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        limited = crew.hold_token(fn)
        call = limited if on_error is None else pass_failures(limited)
        await crew.run()

    return run
