"""A crew of tasks that share one source: the engine of every step that runs items at the same time.

``limit`` tasks each take the next item when they are done with the last, so there is no task per item. They
pull from a bare iterable directly; from anything else through a short queue that the stream above feeds.
Tasks are started as items arrive, so a crew of a thousand costs nothing for three items.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import Context, copy_context
from types import GeneratorType
from typing import Generic, TypeVar, cast, final

import trio

from .._core.groups import open_unwrapping_nursery
from .._core.limiter import Limiter
from .base import StreamBase
from .engine import Answer, Failed, WaitSlot

__all__ = ["Crew", "Worker", "capacity_of", "pass_failures", "results_ahead"]

T = TypeVar("T")
U = TypeVar("U")


#: How many tasks an unlimited limiter object may start.
MOST_WORKERS = 1000


def capacity_of(limit: int | Limiter) -> int:
    """Tell how many calls ``limit`` allows at once, now."""
    if isinstance(limit, int):
        return limit
    tokens = getattr(limit, "total_tokens", MOST_WORKERS)
    return max(1, int(min(tokens, MOST_WORKERS)))


def results_ahead(limit: int | Limiter) -> int:
    """Tell how many results may lie ready for the consumer of an opened stream.

    One of each task; and another one while the consumer has been woken and not run yet, see `Handoff`.
    """
    return capacity_of(limit)


@final
class Worker:
    """One task of a crew."""

    __slots__ = ("index", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        #: Position in the source of the item whose function runs now; -1 when none does.
        self.index = -1


@final
class Crew(Generic[T]):
    """Runs ``work(worker)`` in up to ``limit`` tasks; each loops over `ready` and `more`.

    Synopsis::

        async def work(worker):
            while True:
                for item in crew.ready():
                    if crew.growing:
                        crew.grow()
                    ...
                    if crew.stopped:
                        return
                if not await crew.more():
                    return
    """

    def __init__(
        self,
        upstream: StreamBase[T],
        limit: int | Limiter,
        work: Callable[[Worker], Awaitable[None]],
        *,
        takes_failures: bool = False,
    ) -> None:
        self._upstream = upstream
        self._limit = limit
        #: The most calls at once so far: the number of tokens of a limiter object may change.
        self.capacity = capacity_of(limit)
        self._work = work
        # Whether `work` can take a `Failed` in place of an item.
        self._takes_failures = takes_failures
        self._nursery: trio.Nursery
        self._home: Context
        self._workers: set[Worker] = set()
        self._queue: deque[T] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._feeder = WaitSlot()
        self._feeding = trio.CancelScope()
        # Tasks that have an item and wait for a token: as little started as what is queued.
        self._at_limiter = 0
        # Whether the source is in `_feed`; also when it has been woken and not run yet.
        self._source_waits_here = False
        # No item will be added to what is queued.
        self._ended = False
        #: Whether more tasks may be started.
        self.growing = True
        #: Nothing further is pulled: below nothing is wanted any more, or an item has failed.
        self.stopped = False
        #: Gives the items that are ready. Shared: each of them reaches one worker.
        self.ready: Callable[[], Iterator[T]] = self._take_queued

    async def run(self, on_source_error: Callable[[Exception, int], None] | None = None) -> None:
        """Run until the source has ended and every task with it; then one error leaves as itself.

        ``on_source_error`` takes an error of a source that feeds the crew, and how many items lie queued
        before it. An error of a bare iterable comes out of the loop over `ready`.
        """
        self._home = copy_context()
        items = self._upstream._items
        if items is None:
            await self._run_fed(on_source_error)
        else:
            await self._run_direct(items)

    async def _run_fed(self, on_source_error: Callable[[Exception, int], None] | None) -> None:
        # Here a task is started when an item finds nobody idle.
        self.growing = False
        async with open_unwrapping_nursery() as self._nursery:
            try:
                with self._feeding:
                    await self._upstream._run(self._feed, self._feed_error if self._takes_failures else None)
            except Exception as exc:
                # If all of this is cancelled, it is a cleanup that has failed: no result is going to come
                # before it, and who takes note of it would never get to raise it.
                if on_source_error is None or trio.current_effective_deadline() == -math.inf:
                    self.stopped = True
                    raise
                on_source_error(exc, len(self._queue))
            self._ended = True
            self._idle.unpark_all()

    async def _run_direct(self, items: Iterable[T]) -> None:
        iterator = iter(items)
        self.ready = lambda: iter(()) if self.stopped else iterator
        self._ended = True
        try:
            async with open_unwrapping_nursery() as self._nursery:
                self._start_worker()
        finally:
            # A generator that this run has made is its own to close; one that was passed in may go on.
            if iterator is not items and isinstance(iterator, GeneratorType):
                iterator.close()

    def _start_worker(self) -> None:
        worker = Worker()
        self._workers.add(worker)
        # Not in the context of the task at hand, which the source or an item may have changed.
        self._home.run(lambda: self._nursery.start_soon(self._run_worker, worker, name="stream worker"))

    async def _run_worker(self, worker: Worker) -> None:
        try:
            with worker.scope:
                await self._work(worker)
        except BaseException:
            # The nursery cancels the others, but those that are to run in this same round start no item more.
            self.stopped = True
            raise
        finally:
            self._workers.discard(worker)

    def grow(self) -> None:
        """Start two more tasks if there is room, so that a crew of n is complete after log n rounds."""
        self._look_at_limit()
        for _ in range(2):
            if len(self._workers) >= self.capacity:
                self.growing = not isinstance(self._limit, int)
                return
            self._start_worker()

    def _look_at_limit(self) -> None:
        # Never less than before: whoever waits for room is woken by items, of which there must be as many.
        self.capacity = max(self.capacity, capacity_of(self._limit))

    def _feed(self, item: T) -> Answer:
        """Queue an item for the workers; wait while ``limit`` items are queued and none of them started."""
        if self.stopped:
            return True
        self._queue.append(item)
        if not self._idle.unpark():
            if not isinstance(self._limit, int):
                self._look_at_limit()
            if len(self._workers) < self.capacity:
                self._start_worker()
        return None if self._has_room() else self._wait_for_room()

    def _has_room(self) -> bool:
        return len(self._queue) + self._at_limiter < self.capacity

    async def _wait_for_room(self) -> bool:
        self._source_waits_here = True
        await self._feeder.wait()
        while not self.stopped and not self._has_room():
            await self._feeder.wait()
        self._source_waits_here = False
        return self.stopped

    def _feed_error(self, exc: Exception) -> Answer:
        return self._feed(cast("T", Failed(exc)))

    def _take_queued(self) -> Iterator[T]:
        queue = self._queue
        while queue and not self.stopped:
            item = queue.popleft()
            if len(queue) <= self.capacity // 2:
                # Not at every item: the source runs for several items when it runs.
                self._feeder.wake()
            yield item

    def hold_token(self, fn: Callable[[T], Awaitable[U]]) -> Callable[[T], Awaitable[U]]:
        """Make ``fn`` hold a token of the limit while it runs, if that is a limiter object."""
        limit = self._limit
        if isinstance(limit, int):
            return fn

        async def limited(item: T) -> U:
            borrower = object()
            self._at_limiter += 1
            try:
                await limit.acquire_on_behalf_of(borrower)
            finally:
                self._at_limiter -= 1
                self._feeder.wake()
            try:
                # A token can come together with a cancellation: then the call must not start any more.
                await trio.lowlevel.checkpoint_if_cancelled()
                return await fn(item)
            finally:
                limit.release_on_behalf_of(borrower)

        return limited

    async def more(self) -> bool:
        """Wait until there may be an item; false when there will be none."""
        if self._ended or self.stopped:
            return False
        await self._idle.park()
        return True

    def stop_pulling(self) -> None:
        """Take no further item, and let the source end: at its next item, or at once if it waits for one."""
        self.stopped = True
        self.growing = False
        # Where it waits to hand an item over it will return, and the source can close in peace.
        self._feeder.wake()
        if not self._source_waits_here:
            self._feeding.cancel()
        self._idle.unpark_all()

    def stop(self, worker: Worker) -> None:
        """Below nothing more is wanted, as ``worker`` has just heard: end the source and the other tasks."""
        if not self.stopped:
            self.stop_pulling()
        self.cancel(but=worker)

    def cancel(self, *, but: Worker | None = None, after: int = -1) -> None:
        """Cancel the tasks other than ``but`` whose item stands behind position ``after``, or all."""
        for worker in self._workers:
            if worker is not but and (after < 0 or worker.index > after):
                worker.scope.cancel()


def pass_failures(fn: Callable[[T], Awaitable[U]]) -> Callable[[T], Awaitable[U]]:
    """Make ``fn`` raise the error of a `Failed` that comes in place of an item."""

    async def call(item: T) -> U:
        if isinstance(item, Failed):
            raise item.error
        return await fn(item)

    return call
