"""One bounded map: ``limit`` workers share one iterator.

A task for each item would cost ten times as much as a cheap call, and a semaphore in front of the tasks would
not bound their number. So the tasks are the bound. Each takes the next item when it is done with the last;
a worker is started when the one before it has got its first item, so three items never start a thousand.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import copy_context
from typing import Any, Final, cast, final

import outcome
import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.groups import open_unwrapping_nursery
from .._core.limiter import Limiter
from .._core.naming import function_name
from .failures import NOT_CALLED, refuse_non_awaitable, split_failure
from .sources import close_source

__all__ = ["MapRun"]

_END: Final = object()


@final
class MapRun:
    """The state that the workers of one call share."""

    def __init__(
        self,
        async_fn: Callable[[Any], Awaitable[Any]],
        source: Iterator[Any] | AsyncIterator[Any],
        limit: int | Limiter,
        *,
        capture: bool,
    ) -> None:
        self._async_fn = async_fn
        self._source = source
        self._limiter = None if isinstance(limit, int) else limit
        self._max_workers = limit if isinstance(limit, int) else math.inf
        self._capture = capture
        self._results: list[Any] = []
        self._stopped = False  # the items are exhausted, or something failed: nothing more is pulled
        self._workers = 0
        self._stop_event = trio.Event()
        # Only one worker at a time may pull from an async source or wait for the limiter. Others that have
        # nothing to do sleep. `_waking` says that one of them is on its way already.
        self._pulling = False
        self._waking = False
        self._idle: dict[trio.lowlevel.Task, None] = {}

    async def run(self) -> list[Any]:
        """Call the function for every item; return what it returned, or the outcomes, in input order."""
        self._home = copy_context()
        try:
            await trio.lowlevel.checkpoint_if_cancelled()
            async with open_unwrapping_nursery() as self._nursery:
                self._start_worker()
                try:
                    # The workers look for a cancellation only now and then. This task sees it at once.
                    await self._stop_event.wait()
                finally:
                    self._stop()
        except BaseException as exc:
            await close_source(self._source, exc)  # noqa: ASYNC102 - it sees to that itself
            raise
        await close_source(self._source)
        return self._results

    def _stop(self) -> None:
        self._stopped = True
        self._stop_event.set()
        while self._idle:
            trio.lowlevel.reschedule(self._idle.popitem()[0])

    def _start_worker(self) -> None:
        if self._workers < self._max_workers:
            self._workers += 1
            plain = self._limiter is None and not isinstance(self._source, AsyncIterator)
            work = self._work_plainly if plain else self._work_in_turns
            name = f"{function_name(self._async_fn)} (worker {self._workers})"
            # In the caller's context, not in that of the worker at hand, which the source may have changed.
            self._home.run(lambda: self._nursery.start_soon(work, name=name))

    def _settle(self, exc: BaseException, awaitable: object) -> outcome.Error | None:
        """Turn a failure into an outcome, if outcomes are wanted and it is no more than a failure."""
        refuse_non_awaitable(exc, self._async_fn, awaitable)
        failure, rest = split_failure(exc)
        if failure is None or rest is not None or not self._capture:
            return None
        return outcome.Error(failure)

    async def _work_plainly(self) -> None:
        """Work for an int limit on a plain iterator: pulling never waits, so nobody takes turns."""
        async_fn = self._async_fn
        results = self._results
        capture = self._capture
        context = ItemContext()
        awaitable: object = NOT_CALLED
        unyielded = 0
        first = True
        try:
            for item in () if self._stopped else cast("Iterator[Any]", self._source):
                index = len(results)
                results.append(None)
                if first:
                    first = False
                    self._start_worker()
                try:
                    awaitable = async_fn(item)
                    value = await awaitable
                except BaseException as exc:  # noqa: ASYNC103 - what `_settle` returns is a plain failure
                    settled = self._settle(exc, awaitable)
                    if settled is None:
                        raise
                    results[index] = settled
                else:
                    results[index] = outcome.Value(value) if capture else value
                if context.current != context.base:
                    await context.restore()
                unyielded += 1
                if unyielded == CHECKPOINT_BUDGET:
                    unyielded = 0
                    await trio.lowlevel.checkpoint()
                if self._stopped:
                    return
        finally:
            # The items are exhausted, or something failed: a worker that is just waking up starts no more.
            self._stop()

    async def _work_in_turns(self) -> None:
        """Work for a limiter, or on an async iterator: whoever pulls lets the next one pull, then calls."""
        async_source = self._source if isinstance(self._source, AsyncIterator) else None
        context = ItemContext()
        borrower = object()
        unyielded = 0
        self._waking = False
        try:
            while not self._is_over():
                if self._pulling:
                    await self._park()
                    self._waking = False
                    unyielded = 0
                    continue
                self._pulling = True
                if async_source is None:
                    item = next(cast("Iterator[Any]", self._source), _END)
                    if item is _END:
                        return
                else:
                    try:
                        item = await anext(async_source)
                    except StopAsyncIteration:
                        return
                # Pull first, then wait for a token: a slow source must not hold one that others could use,
                # and at the end of the items there is no token to wait for.
                if self._limiter is not None:
                    try:
                        self._limiter.acquire_on_behalf_of_nowait(borrower)
                    except trio.WouldBlock:
                        await self._limiter.acquire_on_behalf_of(borrower)
                try:
                    if self._is_over():
                        return
                    self._pulling = False
                    self._wake_another()
                    await self._call(item)
                finally:
                    if self._limiter is not None:
                        self._limiter.release_on_behalf_of(borrower)
                if context.current != context.base:
                    await context.restore()
                unyielded += 1
                if unyielded == CHECKPOINT_BUDGET:
                    unyielded = 0
                    await trio.lowlevel.checkpoint()
        finally:
            self._stop()

    def _wake_another(self) -> None:
        """Let another worker pull, if one has nothing to do and none is on its way."""
        if not self._waking:
            self._waking = bool(self._idle) or self._workers < self._max_workers
            if self._idle:
                trio.lowlevel.reschedule(self._idle.popitem()[0])
            else:
                self._start_worker()

    def _is_over(self) -> bool:
        # A method, because type checkers take an attribute that was False before an `await` for False after.
        return self._stopped

    @trio.lowlevel.enable_ki_protection
    async def _park(self) -> None:
        task = trio.lowlevel.current_task()
        self._idle[task] = None

        def abort(_: object) -> trio.lowlevel.Abort:
            del self._idle[task]
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    async def _call(self, item: Any) -> None:
        index = len(self._results)
        self._results.append(None)
        awaitable: object = NOT_CALLED
        try:
            awaitable = self._async_fn(item)
            value = await awaitable
        except BaseException as exc:  # noqa: ASYNC103 - what `_settle` returns is a plain failure
            settled = self._settle(exc, awaitable)
            if settled is None:
                raise
            self._results[index] = settled
        else:
            self._results[index] = outcome.Value(value) if self._capture else value
