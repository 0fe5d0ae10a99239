"""A pool of workers behind a bounded queue, with an account of every job."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from types import TracebackType
from typing import Literal, TypeVar, final

import trio

from .._core.arguments import check_async_fn, check_choice, check_int
from .._core.budget import CHECKPOINT_BUDGET
from .._core.groups import leaves, open_unwrapping_nursery
from .pool_records import PoolLedger, PoolStatistics
from .pool_workers import PoolState, PoolWorkers, Waiter

__all__ = ["WorkerPool", "open_worker_pool"]

JobT = TypeVar("JobT")


# Looking up a member of an enum costs more than a global.
_OPEN = PoolState.OPEN


@final
class WorkerPool(PoolWorkers[JobT]):
    """Runs jobs on a fixed number of workers; what `open_worker_pool` yields.

    Any task may submit, as long as the block has not been left. The counts and the jobs that came back can
    be read at any time, also after the block.

    Attributes:
      failures: A list of ``(job, exception)``, in the order in which the jobs failed.
      returned: After the block, the jobs that were accepted and not finished, in the order in which they
        were accepted. Empty unless the pool was cancelled. A job that was in flight is among them: it was
        started and did not end.
    """

    async def __aenter__(self) -> WorkerPool[JobT]:
        if self._state is not PoolState.NEW:
            raise RuntimeError("a worker pool can be entered only once: open another")
        # Workers start when the first jobs come, from whatever task submits; they get this context.
        self._home = copy_context()
        self._manager = open_unwrapping_nursery()
        self._nursery = await self._manager.__aenter__()
        self._state = _OPEN
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        cut_short = exc
        if exc is None:
            try:
                # The workers look for a cancellation only now and then. This task sees it at once.
                await self._drain()  # noqa: ASYNC102 - it may be cancelled
            except BaseException as interruption:  # noqa: ASYNC103 - raised below
                cut_short = interruption
        try:
            if cut_short is not None:
                self._break(cut_short)
            # A body that only ran into a pool broken already adds nothing: what broke it is the news.
            told = None if exc is not None and self._is_echo(exc) else cut_short
            handled = await self._manager.__aexit__(  # noqa: ASYNC102 - a nursery's wait for its tasks
                type(told) if told else None, told, traceback
            )
        finally:
            self._close()
        if exc is None and cut_short is not None and not handled:
            raise cut_short
        return handled

    @trio.lowlevel.enable_ki_protection
    async def submit(self, job: JobT) -> None:
        """Hand in a job; wait while the pool is full.

        Args:
          job: What the pool's function will be called with.

        Raises:
          trio.ClosedResourceError: if the pool's block has been left, or its body has ended and the caller
            is not one of its jobs.
          trio.BrokenResourceError: if the pool was cancelled and the caller is outside of its block (inside,
            the caller is cancelled). ``__cause__`` is the failure. A normal end: stop producing.
          RuntimeError: if a job submits to its own full pool while all the other workers wait for the same,
            so that none would ever get on.

        Cancellation:
          The job is not accepted. Producers behind the cancelled one move up.

        Ordering:
          First come, first served; nobody overtakes a waiting producer, `submit_nowait` included.

        Cost:
          O(1). Does not yield while there is room, except every 128 jobs.
        """
        if self._unyielded >= CHECKPOINT_BUDGET:
            self._unyielded = 0
            await trio.lowlevel.checkpoint()
        if self._state is not _OPEN:
            await trio.lowlevel.checkpoint_if_cancelled()
            self._check_open()
        if self._room:
            self._unyielded += 1
            self._accept(job)
        else:
            await self._wait_for_room(job)

    @trio.lowlevel.enable_ki_protection
    def submit_nowait(self, job: JobT) -> None:
        """Hand in a job, or raise `trio.WouldBlock` if the pool is full.

        Args:
          job: What the pool's function will be called with.

        Raises:
          trio.WouldBlock: if the pool holds ``workers + buffer`` jobs. The job is not accepted.
          trio.ClosedResourceError: as `submit`.
          trio.BrokenResourceError: if the pool was cancelled.
        """
        if self._state is not _OPEN:
            self._check_open()
        if not self._room:
            raise trio.WouldBlock
        self._accept(job)

    @property
    def ledger(self) -> PoolLedger:
        """Where the accepted jobs went so far, as a frozen `PoolLedger`."""
        accepted = self._taken + len(self._queue) + len(self._leftover)
        return PoolLedger(accepted, self._succeeded, self._failed, len(self.returned))

    def statistics(self) -> PoolStatistics:
        """Tell how full the pool is and how long producers have waited, as a frozen `PoolStatistics`."""
        unfinished = self._capacity - self._room
        buffer = self._capacity - self._workers
        waited = self._waited
        if self._waiting:
            now = trio.current_time()
            waited += sum(now - waiter.since for waiter in self._waiting.values())
        return PoolStatistics(
            queued=max(0, unfinished - self._workers),
            peak_queued=max(0, buffer - self._least_room),
            in_flight=min(unfinished, self._workers),
            seconds_waited=waited,
        )

    # Producers' side

    def _accept(self, job: JobT) -> None:
        room = self._room = self._room - 1
        if room < self._least_room:
            self._least_room = room
        self._queue.append(job)
        if self._idle:
            trio.lowlevel.reschedule(self._idle.popitem()[0])
        elif len(self._slots) < self._workers:
            self._start_worker()

    async def _wait_for_room(self, job: JobT) -> None:
        task = trio.lowlevel.current_task()
        waiter = self._waiting[task] = Waiter(job)
        if task.parent_nursery is self._nursery:
            waiter.is_worker = trio.current_effective_deadline() == math.inf
            if sum(waiting.is_worker for waiting in self._waiting.values()) == self._workers:
                del self._waiting[task]
                raise RuntimeError(
                    f"deadlock: the pool is full ({self._capacity} jobs) and each of its {self._workers} "
                    "workers waits to submit to it; use submit_nowait, a larger buffer, or a second pool"
                )

        def abort(_: object) -> trio.lowlevel.Abort:
            self._stop_waiting(task)
            return trio.lowlevel.Abort.SUCCEEDED

        self._unyielded = 0
        # Whoever makes room accepts the job, then wakes this task: nobody can slip in between, and a
        # cancellation after that comes too late to make an accepted job look refused.
        await trio.lowlevel.wait_task_rescheduled(abort)

    def _check_open(self) -> None:
        if self._state is PoolState.BROKEN:
            raise self._broken_error()
        if self._state is not PoolState.DRAINING or not self._is_own(trio.lowlevel.current_task()):
            raise self._closed_error()

    def _is_echo(self, exc: BaseException) -> bool:
        """Tell whether ``exc`` says nothing but that this pool had been cancelled already."""
        real = [leaf for leaf in leaves(exc) if not isinstance(leaf, trio.Cancelled)]
        return bool(real) and all(any(leaf is refusal for refusal in self._refusals) for leaf in real)


def open_worker_pool(
    async_fn: Callable[[JobT], Awaitable[object]],
    *,
    workers: int = 4,
    buffer: int = 100,
    on_error: Literal["raise", "collect"] = "raise",
) -> WorkerPool[JobT]:
    """Open a pool that calls ``async_fn(job)`` for every job submitted, on a fixed number of workers.

    For work that comes in while other work is being done: producers `~WorkerPool.submit`, and wait when the
    workers cannot keep up. That is what `bounded_map` is not for, which has its items at hand and wants the
    results. A memory channel with loops around it does the same as this pool until the first cancellation:
    then the item in each loop's hands is gone. Here every accepted job is accounted for.

    Synopsis::

        async with open_worker_pool(store, workers=4, buffer=100) as pool:
            async for record in source:
                await pool.submit(record)
        # every job is done

        # or, when an exception came out of the block
        save(pool.returned)

    Args:
      async_fn: Called with each job. What it returns is dropped.
      workers: Calls in flight at most, int >= 1. Worker tasks start with the jobs, not in advance.
      buffer: Jobs accepted beyond those in flight, int >= 0. The pool is full at ``workers + buffer``.
      on_error: ``"raise"``: a failing job cancels the pool and its exception is raised from the block.
        ``"collect"``: it is added to ``failures`` and the pool goes on.

    Yields:
      The `WorkerPool`.

    Raises:
      TypeError: if ``async_fn`` is not an async function, or ``workers`` or ``buffer`` not an int.
      ValueError: if ``workers``, ``buffer`` or ``on_error`` is out of range.

    Cancellation:
      Leaving the block waits until all accepted jobs are done; jobs may submit further jobs meanwhile. If
      the block is cancelled, or its body raises, or a job fails (``"raise"``), all calls in flight are
      cancelled and awaited, and what was not finished is in ``returned``. ``pool.ledger`` then adds up:
      ``accepted == succeeded + failed + returned``.

    Ordering:
      Jobs start in the order in which they were accepted. Each sees the context variables that the block
      was entered with, not those that another job set.

    Cost:
      One task for each worker; memory O(workers + buffer). A submitted job costs no task switch unless a
      worker is asleep or the pool is full.

    Source:
      Tokio's ``mpsc::channel`` with a consumer loop; the ledger is ours.

    See Also:
      ``docs/patterns/backpressure``, ``examples/backpressure/worker_pool.py``.
    """
    check_async_fn("async_fn", async_fn)
    check_int("workers", workers, minimum=1)
    check_int("buffer", buffer, minimum=0)
    check_choice("on_error", on_error, ("raise", "collect"))
    return WorkerPool(async_fn, workers, buffer, on_error)
