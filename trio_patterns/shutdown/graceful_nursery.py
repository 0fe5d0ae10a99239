"""A nursery that can be asked to stop: tell, wait for a while, cut off, report."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from signal import Signals
from typing import Any, TypeVarTuple, cast, final

import trio

from .._core.arguments import check_async_fn, check_seconds
from .._core.groups import open_unwrapping_nursery
from .cancellation_token import CancellationToken
from .report import ShutdownReport
from .signals import SHUTDOWN_SIGNALS, check_signals, open_receiver
from .stages import Stages
from .task_ledger import TaskLedger

__all__ = ["GracefulNursery", "open_graceful_nursery"]

PosArgsT = TypeVarTuple("PosArgsT")


def open_graceful_nursery(
    *,
    grace_period: float = 30.0,
    signals: Iterable[int] = SHUTDOWN_SIGNALS,
    token: CancellationToken | None = None,
) -> AbstractAsyncContextManager[GracefulNursery, bool]:
    """Open a nursery whose tasks are told to stop, given time to finish, and only then cancelled.

    The shutdown begins with a signal, with `GracefulNursery.shutdown`, or when the token is cancelled from
    anywhere. It has three stages, each of them logged (``logging.getLogger("trio_patterns.shutdown")``) with
    the count and the names of the tasks left:

    1. The token is cancelled. Listeners of `serve_tcp` close; who watches the token stops taking new work.
    2. The tasks have ``grace_period`` seconds to finish what they have begun.
    3. What still runs is cancelled. A second signal comes here at once. A task that blocks even its
       cancellation, by a shield or in a thread, is named every 5 seconds.

    The body of the block counts as one of the tasks: it has the same time, and is cancelled like the others.
    So a body that has nothing else to do must not sleep forever but wait for the token, or just end.

    Synopsis::

        async with open_graceful_nursery(grace_period=10) as nursery:
            nursery.start_soon(worker, nursery.token)
            await serve_tcp(nursery, handle, 8080)
        # every task has ended
        print(nursery.report)

    Args:
      grace_period: Seconds, >= 0, from the beginning of the shutdown to the cancellation; ``math.inf`` waits
        for as long as it takes (or for a second signal).
      signals: What begins a shutdown. The default is ``SIGINT`` and ``SIGTERM``, on Windows also
        ``SIGBREAK``. ``()`` leaves all signals alone, and is a must outside the main thread. Of nested
        nurseries, the innermost that takes a signal gets it.
      token: The token to use. It becomes `GracefulNursery.token` itself, so a shutdown of this nursery
        cancels it for all its users; pass ``token.child()`` to keep that inside. By default a new one.

    Yields:
      A `GracefulNursery`.

    Raises:
      ExceptionGroup: if a task or the body failed, as from any trio nursery (`trio.open_nursery`); always a
        group. Tasks that were cut off raise nothing, see `GracefulNursery.report`.
      RuntimeError: if ``signals`` are wanted outside the main thread.
      TypeError: if an argument has the wrong type.
      ValueError: if ``grace_period`` is negative or not a number, or a signal can't be received.

    Cancellation:
      An outer cancellation reaches all tasks at once, without a grace period.
    Ordering:
      Listeners close before anybody else learns of the shutdown. Tasks are told at the same time; nest two
      graceful nurseries to end one group of tasks before the other.
    Cost:
      Two tasks of its own, one more for signals, and one more frame in each task.
    Source:
      The shutdown chapter of Tokio's tutorial and Kubernetes' termination of pods (SIGTERM, grace period,
      SIGKILL). New here: the second signal, and a report of what was cut off, and where.

    See Also:
      `serve_tcp`; ``examples/shutdown/graceful_shutdown.py``.
    """
    grace_period = check_seconds("grace_period", grace_period, finite=False)
    wanted = check_signals(signals)
    if not isinstance(token, CancellationToken | None):
        raise TypeError(f"token must be a CancellationToken or None, got {token!r}")
    nursery = GracefulNursery(grace_period, wanted, token)
    manager = _open(nursery, wanted)
    # It absorbs the cancellation of the tasks, so what follows the block can be reached. `bool` says so.
    return cast("AbstractAsyncContextManager[GracefulNursery, bool]", manager)


@asynccontextmanager
async def _open(nursery: GracefulNursery, signals: tuple[Signals, ...]) -> AsyncGenerator[GracefulNursery]:
    ledger, stages = nursery._ledger, nursery._stages
    error: BaseException | None = None
    try:
        with open_receiver(signals) as receiver:
            # The watchers stand outside what they cancel: inside they would be the first to go.
            async with open_unwrapping_nursery() as watchers:
                try:
                    async with trio.open_nursery() as tasks:
                        nursery._tasks = tasks
                        ledger.open(tasks)
                        stages.open(watchers, receiver)
                        try:
                            yield nursery
                        except BaseException:
                            ledger.end_body(returned=False)
                            raise
                        ledger.end_body(returned=True)
                finally:
                    with trio.CancelScope(shield=True):  # bounded: a few turns of the scheduler
                        await stages.close(watchers)
    except BaseException as exc:
        error = exc
        raise
    finally:
        nursery._end(error)
        del error


@final
class GracefulNursery:
    """What `open_graceful_nursery` yields: a nursery with a token, a `shutdown` and a `report`."""

    def __init__(
        self, grace_period: float, signals: tuple[Signals, ...], token: CancellationToken | None
    ) -> None:
        self._owns_token = token is None
        self._token = CancellationToken() if token is None else token
        self._ledger = TaskLedger()
        self._stages = Stages(grace_period, signals, self._token, self._ledger)
        self._report: ShutdownReport | None = None
        self._tasks: trio.Nursery

    @property
    def token(self) -> CancellationToken:
        """The token that a shutdown cancels: give it, or a child of it, to the tasks."""
        return self._token

    @property
    def report(self) -> ShutdownReport:
        """How it ended. There is one after the block only, also if the block raised.

        Raises:
          RuntimeError: if the block has not ended.
        """
        if self._report is None:
            raise RuntimeError("the report is there after the block: the nursery has not ended yet")
        return self._report

    def start_soon(
        self,
        async_fn: Callable[[*PosArgsT], Awaitable[object]],
        *args: *PosArgsT,
        name: object = None,
    ) -> None:
        """Start a task that runs ``async_fn(*args)``, as `trio.Nursery.start_soon` does.

        It is possible until the block ends, so a task may start helpers while it finishes.

        Args:
          async_fn: The function.
          *args: Its arguments.
          name: The task's name in logs and reports; by default the function's.

        Raises:
          RuntimeError: if the block has ended.
          TypeError: if ``async_fn`` is not an async function.
        """
        check_async_fn("async_fn", async_fn)
        self._tasks.start_soon(self._ledger.task, async_fn, args, name=async_fn if name is None else name)

    async def start(
        self, async_fn: Callable[..., Awaitable[object]], *args: object, name: object = None
    ) -> Any:
        """Start a task and wait until it calls ``task_status.started()``, as `trio.Nursery.start` does.

        Args:
          async_fn: The function; it gets the keyword argument ``task_status``.
          *args: Its arguments.
          name: The task's name in logs and reports; by default the function's.

        Returns:
          What the task passed to ``started()``.

        Raises:
          RuntimeError: if the block has ended, or the task did without calling ``started()``.
          TypeError: if ``async_fn`` is not an async function.

        Cancellation:
          Cancels the task if it has not called ``started()`` yet, and waits for it. Until then the task
          belongs to the caller.
        """
        check_async_fn("async_fn", async_fn)
        return await self._tasks.start(
            self._ledger.task, async_fn, args, name=async_fn if name is None else name
        )

    def shutdown(self, reason: str | None = None) -> None:
        """Begin the shutdown. Synchronous; again does nothing, the first reason stays.

        From another thread call ``trio.from_thread.run_sync(nursery.shutdown, reason)``.

        Args:
          reason: Why, as text for people; it becomes the token's reason and the report's.

        Raises:
          TypeError: if ``reason`` is not text.
        """
        self._token.cancel("shutdown() was called" if reason is None else reason)

    def _start_service(  # pyright: ignore[reportUnusedFunction]  # serve_tcp uses it
        self, async_fn: Callable[[*PosArgsT], Awaitable[object]], *args: *PosArgsT
    ) -> None:
        """Start a task that ends as soon as the token is cancelled, and that no report counts."""
        self._tasks.start_soon(self._ledger.service, async_fn, args, name=async_fn)

    def _end(self, error: BaseException | None) -> None:
        self._report = self._stages.report(error)
        self._ledger.close()
        if error is not None and self._owns_token:
            # Who holds the token outside this block must not wait for a shutdown that can't come any more.
            self._token.cancel(self._report.reason)
