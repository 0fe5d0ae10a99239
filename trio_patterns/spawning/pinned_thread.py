"""`open_pinned_thread`: one thread for objects that must stay on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack, final

import trio

from .._core.arguments import check_sync_fn
from .executors import ExecutorCall

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["PinnedThread", "open_pinned_thread"]

T = TypeVar("T")
PosArgsT = TypeVarTuple("PosArgsT")


@final
class PinnedThread:
    """One thread that runs every call given to it, made by `open_pinned_thread`."""

    __slots__ = ("_closed", "_executor", "_name")

    def __init__(self, executor: ThreadPoolExecutor, name: str) -> None:
        self._executor = executor
        self._name = name
        self._closed = False

    def __repr__(self) -> str:
        return f"<PinnedThread {self._name!r}{' closed' if self._closed else ''}>"

    @property
    def name(self) -> str:
        """The name of the thread, as `threading.current_thread` shows it."""
        return self._name

    async def run(self, fn: Callable[[Unpack[PosArgsT]], T], *args: *PosArgsT) -> T:
        """Run a plain function in the pinned thread.

        Args:
          fn: A plain function. It sees the context variables of the caller.
          args: Positional arguments of ``fn``; for keyword arguments use `functools.partial`.

        Returns:
          What ``fn`` returned.

        Raises:
          BaseException: what ``fn`` raised.
          trio.ClosedResourceError: if the block of the thread has ended, or ended by an exception before
            this call got its turn.
          TypeError: at once, if ``fn`` is async or no function.

        Cancellation:
          A call that waits for its turn is withdrawn and never runs. A running one is waited for, and its
          value is returned: abandoning it would leave the thread, and the objects on it, in an unknown
          state.

        Ordering:
          First come, first served.
        """
        check_sync_fn("fn", fn)
        if self._closed:
            raise trio.ClosedResourceError("this pinned thread is closed: its block has ended")
        context = copy_context()
        work: Callable[[], T] = partial(fn, *args)
        call = ExecutorCall(None, abandon=False)
        try:
            return await call.run(fn, lambda: self._executor.submit(context.run, work))
        # Not trio's: it says that the pool has thrown the call away.
        except CancelledError:
            if not self._closed:
                raise  # the function's own
            raise trio.ClosedResourceError("the pinned thread was closed before this call ran") from None  # noqa: ASYNC104


@final
class PinnedThreadManager:
    """The async context manager that `open_pinned_thread` returns."""

    __slots__ = ("_name", "_thread")

    def __init__(self, name: str | None) -> None:
        self._name = name

    async def __aenter__(self) -> PinnedThread:
        from concurrent.futures import ThreadPoolExecutor

        await trio.lowlevel.checkpoint()
        name = self._name or "trio-pinned-thread"

        def set_name() -> None:
            threading.current_thread().name = name

        # A pool of one worker never replaces its thread, and serves its queue in order.
        self._thread = PinnedThread(ThreadPoolExecutor(1, initializer=set_name), name)
        return self._thread

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread._closed = True
        executor = self._thread._executor
        executor.shutdown(wait=False, cancel_futures=exc is not None)
        # No thread outlives the block. What still runs in it can't be stopped, so neither can the waiting.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(executor.shutdown)


def open_pinned_thread(name: str | None = None) -> PinnedThreadManager:
    """Open a thread of its own that runs all calls given to it, one after the other.

    For objects that belong to the thread which made them: a `sqlite3.Connection`, a COM object, a widget
    toolkit, a library with thread-local state. `offload` runs each call on whatever thread is free; this
    one always on the same.

    Synopsis::

        async with open_pinned_thread("database") as pinned:
            connection = await pinned.run(sqlite3.connect, path)
            rows = await pinned.run(fetch_rows, connection)
            await pinned.run(connection.close)

    Args:
      name: The thread's name. Default: "trio-pinned-thread".

    Yields:
      A `PinnedThread`.

    Raises:
      TypeError: at once, if ``name`` is not a str.

    Cancellation:
      The block ends when the thread has ended. If the body finished, calls of other tasks that wait for
      their turn are still run; if it raised or was cancelled, they are withdrawn and raise
      `trio.ClosedResourceError` in those tasks. A call that runs is waited for in any case, shielded from
      cancellation, because no thread can be stopped from outside: give what you run in it a timeout of its
      own.

    Ordering:
      First come, first served.

    Cost:
      One thread, started by the first call. It takes no token of trio's thread limiter.

    Note:
      `trio.testing.MockClock` with autojump knows nothing of threads: see `offload`.

    Source:
      Tokio's ``spawn_local`` on a ``LocalSet``, for values that must not leave their thread. In trio every
      task stays on one thread anyway, so only blocking objects need this.

    See Also:
      The page "Task spawning", example ``pinned_thread``.
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name must be a str or None, got {name!r}")
    return PinnedThreadManager(name)
