"""``map`` with a limit, results in the order of the items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Answer, Emit, Failed, OnError, Run, either
from .workers import Crew, Worker, capacity_of, pass_failures

__all__ = ["map_in_order"]

T = TypeVar("T")
U = TypeVar("U")


def map_in_order(upstream: StreamBase[T], fn: Callable[[T], Awaitable[U]], limit: int | Limiter) -> Run[U]:
    """Emit results in the order of the items; the failure of one comes after the results before it.

    Context variables don't pass a step with a limit: the task that ran an item need not be the one that
    emits its result.

    Whoever completes the position that is due emits it and all that lie ready behind it. Between the first
    position not emitted and the last one pulled lie at most twice the limit: tasks that end together, in any
    order, then all go on without waiting for the slowest of them.
    """

    async def run(emit: Emit[U], on_error: OnError | None) -> None:
        emit_either = either(emit, on_error)
        line = trio.lowlevel.ParkingLot()  # tasks that are too far ahead
        ready: dict[int, U | Failed] = {}  # {position: result} of what is done and not due yet
        pulled = due = waiting = 0
        window = 2 * capacity_of(limit)  # none once nothing more is to be pulled
        # Also for ever after "no more" and after a failure from below: nothing may follow.
        emitting = False
        # What is due lies ready, and whoever comes first shall emit it.
        leftover = False
        failure: Exception | None = None
        failed_at = -1
        # The worker that has all to itself, and the position of its item.
        solo: Worker | None = None
        at = -1

        def note(exc: Exception, index: int) -> bool:
            """Remember the earliest failure; what stands before it is emitted first."""
            nonlocal failure, failed_at
            if failure is not None and failed_at < index:
                return False
            failure, failed_at = exc, index
            return True

        def fail(exc: Exception, index: int) -> None:
            """Let nothing start any more, and end what stands behind; what stands before goes on."""
            nonlocal window
            if note(exc, index):
                window = 0
                if not crew.stopped:  # or the source is closing already, and is to do so in peace
                    crew.stop_pulling()
                crew.cancel(after=index)
                line.unpark_all()

        def source_failed(exc: Exception, queued: int) -> None:
            if solo is not None:
                end_solo(1)
            note(exc, pulled + queued)

        async def emit_rest(worker: Worker, answer: Answer, context: ItemContext) -> bool:
            """Wait for the answer to what is due, emit what lies ready behind. True: no more is wanted."""
            nonlocal due, emitting, failure, window
            worker.index = -1  # what stands before a failure is not cancelled by it
            spent = 0
            while True:  # noqa: ASYNC913 - a coroutine of its caller's, and it ends with what is ready
                if answer and (answer is True or await answer):
                    # A failure further on would never have come to pass.
                    failure, window = None, 0
                    crew.stop(worker)
                    return True
                if context.changed():
                    await context.restore()
                due += 1
                if waiting:
                    line.unpark()
                if due not in ready:
                    emitting = False
                    return False
                spent += 1
                if spent == CHECKPOINT_BUDGET:
                    spent = 0
                    if await offer_rest():
                        return False
                answer = emit_either(ready.pop(due))

        async def offer_rest() -> bool:
            """Pass a checkpoint in a long run of ready results; true if another task has gone on with them.

            To keep it waiting for this task would make all the others run into the window's end.
            """
            nonlocal emitting, leftover
            emitting, leftover = False, True
            await trio.lowlevel.checkpoint()
            if not leftover:
                return True
            emitting, leftover = True, False
            return False

        async def take_rest(worker: Worker, context: ItemContext) -> bool:
            """Go on with what another task has left. True: nothing more is wanted."""
            nonlocal emitting, leftover
            emitting, leftover = True, False
            return await emit_rest(worker, emit_either(ready.pop(due)), context)

        async def deliver(worker: Worker, index: int, result: U | Failed, context: ItemContext) -> bool:
            """Emit a result, or put it aside if it is not due. True: nothing more is wanted."""
            nonlocal emitting
            if context.changed():
                await context.restore()
            if index != due or emitting:
                ready[index] = result
                return False
            emitting = True
            return await emit_rest(worker, emit_either(result), context)

        def end_solo(in_hand: int) -> None:
            """Write down where the worker that had all to itself stands, before anybody else goes on."""
            nonlocal solo, due, pulled
            assert solo is not None
            solo.index, due, pulled = at, at + 1 - in_hand, at + 1
            solo = None

        async def work_solo(worker: Worker, context: ItemContext, budget: int) -> bool:
            """Work while nobody else has an item in hand, for so many items. True: nothing is left to do.

            Whoever works alone need not write down where it stands, item by item: whoever comes in does it
            then. This is what makes functions that do not suspend cheap: 2.1 times a plain loop that awaits
            them, against 2.7.
            """
            nonlocal solo, at, emitting
            current, base = context.current, context.base
            solo, at = worker, due - 1
            # The numbers go first: when they are used up, no item is taken any more.
            numbers = range(due, due + budget)
            pulling = True  # from here an exception is the source's
            try:
                for at, item in zip(numbers, crew.ready(), strict=False):  # noqa: B007 - others read it
                    pulling = False
                    result: U | Failed
                    try:
                        result = await call(item)
                    except Exception as exc:
                        if on_error is None:
                            if solo is worker:
                                end_solo(1)
                            fail(exc, worker.index)
                            return True
                        result = Failed(exc)
                    if solo is not worker or current != base:
                        if solo is worker:
                            end_solo(1)
                        return await deliver(worker, worker.index, result, context)
                    try:
                        answer = emit_either(result)
                    except BaseException:
                        emitting = True
                        raise
                    if answer or current != base:
                        emitting = True
                        end_solo(1)
                        return await emit_rest(worker, answer, context)
                    pulling = True
            except Exception as exc:
                if not pulling:
                    raise
                end_solo(0)
                fail(exc, pulled)
                return True
            end_solo(0)
            return at != numbers[-1] and not await crew.more()

        async def work(worker: Worker) -> None:
            nonlocal pulled, due, waiting, window, emitting
            context = ItemContext()
            current, base = context.current, context.base
            spent = 0
            pulling = True  # from here an exception is the source's
            try:
                while True:  # noqa: ASYNC913 - `more` waits, and the budget sees to the rest
                    if solo is not None:
                        end_solo(1)
                    if crew.stopped:
                        return
                    if pulled - due >= window:
                        if window < 2 * crew.capacity:  # the limiter of a fed crew has grown
                            window = 2 * crew.capacity
                            continue
                        waiting += 1
                        try:
                            await line.park()
                        finally:
                            waiting -= 1
                        continue
                    if pulled == due and not emitting and not crew.growing:
                        pulling = False  # what comes out of there is from below
                        first = due
                        if await work_solo(worker, context, CHECKPOINT_BUDGET - spent):
                            return
                        spent += due - first
                        if spent >= CHECKPOINT_BUDGET:
                            spent = 0
                            await trio.lowlevel.checkpoint()
                        pulling = True
                        current = context.current
                        continue
                    for item in crew.ready():
                        pulling = False
                        worker.index = index = pulled
                        pulled = index + 1
                        if crew.growing:
                            crew.grow()
                            window = 2 * crew.capacity
                        result: U | Failed
                        try:
                            result = await call(item)
                        except Exception as exc:
                            if on_error is None:
                                fail(exc, index)
                                return
                            result = Failed(exc)
                        if current != base:
                            if await deliver(worker, index, result, context):
                                return
                            current = context.current
                            spent = CHECKPOINT_BUDGET  # perhaps
                        elif index != due or emitting:
                            ready[index] = result
                            if leftover:
                                if await take_rest(worker, context):
                                    return
                                current = context.current
                                spent = CHECKPOINT_BUDGET  # perhaps
                        else:
                            emitting = True
                            answer = emit_either(result)
                            while not answer and current == base:
                                due += 1
                                if waiting:
                                    line.unpark()
                                if not ready or due not in ready:
                                    emitting = False
                                    break
                                spent += 1
                                if spent >= CHECKPOINT_BUDGET:
                                    spent = 0
                                    worker.index = -1
                                    if await offer_rest():
                                        break
                                answer = emit_either(ready.pop(due))
                            else:
                                if await emit_rest(worker, answer, context):
                                    return
                                current = context.current
                                spent += due - index
                        spent += 1
                        if spent >= CHECKPOINT_BUDGET:
                            spent = 0
                            await trio.lowlevel.checkpoint()
                        pulling = True
                        if pulled == due or pulled - due >= window:
                            break
                    else:
                        if not await crew.more():
                            return
            except Exception as exc:
                window = 0  # nobody goes on
                if not pulling:
                    raise
                fail(exc, pulled)

        crew = Crew(upstream, limit, work, takes_failures=on_error is not None)
        limited = crew.hold_token(fn)
        call = limited if on_error is None else pass_failures(limited)
        await crew.run(source_failed)
        if failure is not None:
            raise failure

    return run
