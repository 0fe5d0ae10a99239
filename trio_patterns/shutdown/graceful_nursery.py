"""A nursery that can be asked to stop: tell, wait for a while, cut off, report."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from signal import Signals
from typing import Any, Final, TypeVarTuple, cast, final

import trio

from .._core.arguments import check_async_fn, check_awaitable, check_seconds
from .._core.groups import leaves, open_unwrapping_nursery
from .cancellation_token import CancellationToken, check_reason
from .report import CutOffTask, ShutdownReport, describe, locate
from .signals import SHUTDOWN_SIGNALS, check_signals, deliver_all, open_receiver

__all__ = ["GracefulNursery", "open_graceful_nursery"]

PosArgsT = TypeVarTuple("PosArgsT")

LOGGER: Final = logging.getLogger("trio_patterns.shutdown")

#: Seconds between two log lines that name the tasks which block their cancellation.
BLOCKED_LOG_INTERVAL: Final = 5.0


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
    manager = _open(GracefulNursery(grace_period, wanted, token))
    # It absorbs the cancellation of the tasks, so what follows the block can be reached. `bool` says so.
    return cast("AbstractAsyncContextManager[GracefulNursery, bool]", manager)


@asynccontextmanager
async def _open(nursery: GracefulNursery) -> AsyncGenerator[GracefulNursery]:
    error: BaseException | None = None
    try:
        with open_receiver(nursery._signals) as receiver:
            # The watchers stand outside what they cancel: inside they would be the first to go.
            async with open_unwrapping_nursery() as watchers:
                try:
                    async with trio.open_nursery() as tasks:
                        nursery._begin_block(tasks, watchers, receiver)
                        try:
                            yield nursery
                        except BaseException:
                            nursery._end_body(returned=False)
                            raise
                        nursery._end_body(returned=True)
                finally:
                    with trio.CancelScope(shield=True):  # bounded: a few turns of the scheduler
                        await nursery._end_watchers(watchers)
    except BaseException as exc:
        error = exc
        raise
    finally:
        nursery._end_block(error)
        del error


@final
class GracefulNursery:
    """What `open_graceful_nursery` yields: a nursery with a token, a `shutdown` and a `report`."""

    def __init__(
        self, grace_period: float, signals: tuple[Signals, ...], token: CancellationToken | None
    ) -> None:
        self._grace_period = grace_period
        self._signals = signals
        self._owns_token = token is None
        self._token = CancellationToken() if token is None else token
        self._report: ShutdownReport | None = None

        self._began_at: float | None = None
        self._began = trio.Event()
        self._force = trio.Event()  # the second signal
        self._cancelled = trio.Event()  # the tasks were cancelled, by a failure or by us
        self._blocked_scope = trio.CancelScope(shield=True)
        self._signals_seen = 0
        self._first_signal: Signals | None = None

        self._finished = 0
        self._unfinished = 0
        self._forced = False
        self._overran: tuple[CutOffTask, ...] = ()
        self._started = 0
        # {task: its number in the order of the calls of start_soon and start}
        self._running: dict[trio.lowlevel.Task, int] = {}
        # Those cut off: they may end by themselves yet, but no longer in time.
        self._late: frozenset[trio.lowlevel.Task] = frozenset()

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
        self._tasks.start_soon(self._task, async_fn, args, name=async_fn if name is None else name)

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
        return await self._tasks.start(self._task, async_fn, args, name=async_fn if name is None else name)

    def shutdown(self, reason: str | None = None) -> None:
        """Begin the shutdown. Synchronous; again does nothing, the first reason stays.

        From another thread call ``trio.from_thread.run_sync(nursery.shutdown, reason)``.

        Args:
          reason: Why, as text for people; it becomes the token's reason and the report's.

        Raises:
          TypeError: if ``reason`` is not text.
        """
        check_reason(reason)
        self._token.cancel("shutdown() was called" if reason is None else reason)

    # --- the tasks -------------------------------------------------------------------------------------

    def _task(
        self, async_fn: Callable[..., Awaitable[object]], args: tuple[object, ...], **kwargs: object
    ) -> Awaitable[None]:
        # Not an async function: trio calls it in `start_soon`, so wrong arguments fail there.
        awaitable = check_awaitable("async_fn", async_fn, async_fn(*args, **kwargs))
        self._started += 1
        return self._track(awaitable, self._started)

    async def _track(self, awaitable: Awaitable[object], number: int) -> None:
        task = trio.lowlevel.current_task()
        self._running[task] = number
        returned = False
        try:
            await awaitable
            returned = True
        finally:
            del self._running[task]
            # What ends before `started()` is the business of the one who called `start`.
            if task.parent_nursery is self._tasks:
                self._count(task, returned)

    def _count(self, task: trio.lowlevel.Task, returned: bool) -> None:
        if task in self._late:
            return  # it is in the report already
        if returned:
            self._finished += 1
        else:
            self._unfinished += 1
            self._cancelled.set()  # it failed or was cancelled, so its siblings are being cancelled

    def _start_service(  # pyright: ignore[reportUnusedFunction]  # serve_tcp uses it
        self, async_fn: Callable[[*PosArgsT], Awaitable[object]], *args: *PosArgsT
    ) -> None:
        """Start a task that ends as soon as the token is cancelled, and that no report counts."""

        async def service() -> None:
            try:
                await async_fn(*args)
            except BaseException:
                self._cancelled.set()
                raise

        self._tasks.start_soon(service, name=async_fn)

    def _left(self) -> list[tuple[str, trio.lowlevel.Task]]:
        """Return name and task of all that still run: the body first, then in the order of their starts."""
        children = sorted(
            self._tasks.child_tasks,
            key=lambda task: self._running.get(task, self._started + 1),  # no first step yet: last
        )
        body = [] if self._body is None else [(f"{self._body.name} (body)", self._body)]
        return body + [(task.name, task) for task in children]

    # --- the block -------------------------------------------------------------------------------------

    def _begin_block(
        self, tasks: trio.Nursery, watchers: trio.Nursery, receiver: AsyncIterator[int] | None
    ) -> None:
        self._tasks = tasks
        self._body: trio.lowlevel.Task | None = trio.lowlevel.current_task()
        self._unregister = self._token._on_cancel(self._note_beginning)
        watchers.start_soon(self._supervise)
        watchers.start_soon(self._name_the_blocked)
        if receiver is not None:
            watchers.start_soon(self._listen, receiver)

    def _end_body(self, *, returned: bool) -> None:
        assert self._body is not None
        body, self._body = self._body, None
        self._count(body, returned)

    async def _end_watchers(self, watchers: trio.Nursery) -> None:
        if self._signals:
            await deliver_all(self._signals)
        self._unregister()
        self._blocked_scope.cancel()
        watchers.cancel_scope.cancel(reason="the graceful nursery has ended")

    def _end_block(self, error: BaseException | None) -> None:
        reason = None if error is None else _why(error)
        if self._began_at is not None:
            reason = self._reason()
        self._report = ShutdownReport(
            reason=reason,
            duration=0.0 if self._began_at is None else trio.current_time() - self._began_at,
            finished=self._finished,
            clean=error is None and not self._overran and not self._unfinished,
            forced=self._forced,
            overran=self._overran,
            signal=self._first_signal,
        )
        self._late = frozenset()
        if self._began_at is not None:
            LOGGER.info("shutdown: %s", self._report)
        if error is not None and self._owns_token:
            # Who holds the token outside this block must not wait for a shutdown that can't come any more.
            self._token.cancel(reason)

    # --- the watchers ----------------------------------------------------------------------------------

    def _reason(self) -> str:
        return self._token.reason or "the token was cancelled"

    def _note_beginning(self) -> None:
        self._began_at = trio.current_time()
        self._began.set()

    async def _supervise(self) -> None:
        try:
            await self._began.wait()
            await self._stop_in_stages()
        finally:
            self._cancelled.set()  # by an outer cancellation, if not by us

    async def _stop_in_stages(self) -> None:
        assert self._began_at is not None
        await trio.lowlevel.checkpoint()  # who only waited for the token is gone after this turn
        LOGGER.info(
            "shutdown begins (%s): %g s to finish; %s",
            self._reason(),
            self._grace_period,
            describe(name for name, _ in self._left()),
        )
        with trio.CancelScope(deadline=self._began_at + self._grace_period):
            await self._force.wait()
        await trio.lowlevel.checkpoint()  # a task that ends in this very moment has made it
        left = self._left()
        self._forced = self._force.is_set() and bool(left)
        self._overran = tuple(locate(name, task) for name, task in left)
        self._late = frozenset(task for _, task in left)
        why = "a second signal came" if self._forced else "the grace period is over"
        LOGGER.warning("shutdown: %s, cancelling what still runs; %s", why, describe(self._overran))
        self._tasks.cancel_scope.cancel(reason=f"shutdown: {why}")

    async def _name_the_blocked(self) -> None:
        """Name the tasks that run on although they are cancelled, whoever did that."""
        # Shielded: an outer cancellation must not silence the one who can tell why the program hangs.
        with self._blocked_scope:  # cancelled as soon as the tasks have ended
            await self._cancelled.wait()
            while True:
                await trio.sleep(BLOCKED_LOG_INTERVAL)
                self._log_the_blocked()

    def _log_the_blocked(self) -> None:
        LOGGER.warning(
            "cancelled, but blocked by a shield or a thread; %s",
            describe(locate(name, task) for name, task in self._left()),
        )

    async def _listen(self, receiver: AsyncIterator[int]) -> None:
        async for number in receiver:
            self._on_signal(Signals(number))

    def _on_signal(self, received: Signals) -> None:
        self._signals_seen += 1
        if not self._token.cancelled:
            self._first_signal = received
            self._token.cancel(f"received {received.name}")
        elif self._signals_seen == 1:
            LOGGER.info("received %s: shutting down already, once more cancels at once", received.name)
        elif not self._force.is_set() and not self._cancelled.is_set():
            self._force.set()
        else:
            LOGGER.warning("received %s: nothing more can be done here", received.name)
            self._log_the_blocked()


def _why(error: BaseException) -> str:
    """Say what ended a nursery that no shutdown ended."""
    for leaf in leaves(error):
        if not isinstance(leaf, trio.Cancelled):
            return f"failed with {type(leaf).__name__}"
    return "cancelled from outside"
