"""`open_join_set`: the block that owns the tasks of a join set."""

from __future__ import annotations

from types import TracebackType
from typing import final

from .._core.arguments import check_limit
from .._core.groups import open_unwrapping_nursery
from .._core.limiter import Limiter
from .join_set import JoinSet, raise_failures
from .task_handle import FAILED

__all__ = ["open_join_set"]


@final
class JoinSetManager:
    """The async context manager that `open_join_set` returns."""

    __slots__ = ("_limit", "_nursery", "_tasks")

    def __init__(self, limit: int | Limiter | None) -> None:
        self._limit = limit

    async def __aenter__(self) -> JoinSet:
        self._nursery = open_unwrapping_nursery()
        outer = await self._nursery.__aenter__()
        self._tasks = JoinSet(outer, self._limit)
        try:
            await outer.start(self._tasks._host)
        except BaseException as exc:
            # The exit of a nursery is no cancellation point.
            await self._nursery.__aexit__(type(exc), exc, exc.__traceback__)  # noqa: ASYNC102
            raise
        return self._tasks

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        tasks = self._tasks
        if exc is None:
            tasks._close_when_idle()
        else:
            tasks._close()
        error = exc
        try:
            return await self._nursery.__aexit__(exc_type, exc, traceback)  # noqa: ASYNC102
        except BaseException as raised:
            error = raised
            raise
        finally:
            tasks._cancel_running("the join set was cancelled before it was this task's turn")
            failures: list[BaseException] = [
                handle._payload for _, handle in tasks._done if handle._status == FAILED
            ]
            if failures:
                # Replaces what is on its way, and holds it, unless that is only a cancellation.
                raise_failures(failures if error is None else [error, *failures])
            del error, failures, exc


def open_join_set(*, limit: int | Limiter | None = None) -> JoinSetManager:
    """Open a set of tasks that fail one by one and are collected as they end.

    Use it where a nursery is too strict: many tasks of one kind, some of which may fail without taking the
    others with them, and whose results you want as they come.

    Synopsis::

        async with open_join_set(limit=10) as tasks:
            for url in urls:
                tasks.spawn(fetch, url, name=url)
            async for handle in tasks:
                if handle.exception() is None:
                    print(handle.name, handle.result())
        # every task has ended, and every failure was given out or is raised here

    Args:
      limit: How many tasks run at once, an int >= 1; the others wait for their turn. Or a
        `trio.CapacityLimiter`, to share one limit with others. Default: no limit.

    Yields:
      A `JoinSet`.

    Raises:
      BaseException: at the end of the block, every failure that nobody collected: a single exception as
        itself, several as an `ExceptionGroup`, in which the exception of the body comes first. A failure is
        collected when its handle came out of the set, or when somebody took it from the handle
        (``result``, ``exception``, ``join``).
      TypeError, ValueError: at once, if ``limit`` is wrong.

    Cancellation:
      If the body finishes, the block waits for the tasks. If the body raises, or the block is cancelled, all
      tasks are cancelled and awaited, and those that still wait for their turn never start. Real failures
      are raised also then, in place of the cancellation.
      `KeyboardInterrupt` and `SystemExit` of a task are never stored: they cancel the set and go on.

    Ordering:
      Completion order. Tasks that end in the same scheduler pass come in the order in which they ran.

    Cost:
      One task for the set. Beside its task, each spawn costs a handle, kept until it is collected; about
      1.4 times a bare ``start_soon`` in all, or 2.5 times if you keep the handles (see `TaskHandle`).

    Source:
      Tokio's ``JoinSet``. There, failures that nobody looked at are dropped with the set.

    See Also:
      The page "Task spawning", example ``join_set``.
    """
    return JoinSetManager(None if limit is None else check_limit("limit", limit))
