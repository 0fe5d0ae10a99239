"""The bridge from `concurrent.futures` to trio: await a call that an executor runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar, final

import trio

from .._core.limiter import Limiter

__all__ = ["ExecutorCall"]

T = TypeVar("T")


@final
class ExecutorCall:
    """One call that an executor runs: from the limiter's token to the result."""

    __slots__ = ("_abandon", "_borrower", "_future", "_limiter", "_task", "_token")

    def __init__(self, limiter: Limiter | None, abandon: bool) -> None:
        self._limiter = limiter
        self._abandon = abandon
        self._borrower = object()
        self._future: Future[Any] | None = None
        # The task to wake; None when it waits no longer.
        self._task: trio.lowlevel.Task | None = None

    async def run(self, fn: Callable[..., T], submit: Callable[[], Future[T]]) -> T:
        """Submit the call of ``fn`` and wait for its result."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._limiter is not None:
            await self._limiter.acquire_on_behalf_of(self._borrower)
        try:
            self._future = future = submit()
        except BaseException:
            self._release()
            raise
        self._token = trio.lowlevel.current_trio_token()
        self._task = trio.lowlevel.current_task()
        future.add_done_callback(self._report)
        await trio.lowlevel.wait_task_rescheduled(self._abort)
        try:
            result = future.result()
        finally:
            del future, self  # a raised exception holds this frame, and the future holds the exception
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError(
                f"fn must be a plain (not async) function, but {fn!r} returned a coroutine: await it directly"
            )
        return result

    def _report(self, _: Future[Any]) -> None:
        """Tell the trio thread that the work has really ended. Called in any thread."""
        # If the run is over, there is nobody to tell: the call was abandoned.
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._finish)

    def _finish(self) -> None:
        self._release()
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)

    def _release(self) -> None:
        if self._limiter is not None:
            self._limiter.release_on_behalf_of(self._borrower)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        assert self._future is not None
        if self._future.cancel() or self._abandon:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED
        return trio.lowlevel.Abort.FAILED
