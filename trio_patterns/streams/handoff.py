"""Items handed from one task to another through a bounded deque: behind ``Stream.open`` and ``buffer``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, Literal, TypeAlias, TypeVar, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .engine import Answer, Emit, WaitSlot

__all__ = ["Handoff", "Overflow"]

T = TypeVar("T")

Overflow: TypeAlias = Literal["wait", "drop_oldest", "drop_newest", "error"]


@final
class Handoff(Generic[T]):
    """A bounded deque between two tasks that wakes the other side only when it is parked."""

    def __init__(
        self, capacity: int, *, resume_at: int, overflow: Overflow = "wait", most: int | None = None
    ) -> None:
        self._capacity = capacity
        # How many may lie ready while the consumer has been woken and not run yet. Of the tasks that take
        # turns with it half come before it, and to stall those would cost each of them a task switch.
        self._most = capacity if most is None else most
        self._consumer_comes = False
        # The producer, once parked, goes on when this many items are left.
        self._resume_at = resume_at
        self._overflow = overflow
        self._items: deque[T] = deque()
        self._producer = WaitSlot()
        # Also when it has been woken and not run yet.
        self._producer_waits_here = False
        self._consumer = WaitSlot()
        # A consumer has to wait when it has taken what fits in here, so only a large buffer needs a count.
        self._counts = self._most >= CHECKPOINT_BUDGET
        self._spent = 0
        self._closed = False
        self._failure: Exception | None = None
        #: The consumer has gone.
        self.abandoned = False
        #: Takes the next item; `StopAsyncIteration` at the end.
        self.get: Callable[[], Coroutine[Any, Any, T]] = self._make_get()
        #: Hands an item over. "No more" if nobody takes them.
        self.put: Emit[T] = self._make_put() if overflow == "wait" else self._put_or_drop

    # Closures, because both are called for each item and looking attributes up would take half as long again.

    def _make_get(self) -> Callable[[], Coroutine[Any, Any, T]]:
        items, counts = self._items, self._counts

        async def get() -> T:
            if not items or counts:
                await self._wait_for_item()
            item = items.popleft()
            if self._producer_waits_here and len(items) <= self._resume_at:
                self._producer.wake()
            return item

        return get

    def _make_put(self) -> Emit[T]:
        items, capacity, most, consumer = self._items, self._capacity, self._most, self._consumer

        def put(item: T) -> Answer:
            items.append(item)
            if consumer.task is not None:
                consumer.wake()
                self._consumer_comes = True
            if len(items) <= capacity and not self.abandoned:
                return None
            if self._consumer_comes and len(items) <= most:
                return None
            return self._wait_for_room()

        return put

    async def _wait_for_room(self) -> bool:
        if not self.abandoned:
            self._producer_waits_here = True
            await self._producer.wait()
            self._producer_waits_here = False
        return self.abandoned

    def _put_or_drop(self, item: T) -> Answer:
        if self.abandoned:
            return True
        if len(self._items) >= self._capacity:
            if self._overflow == "error":
                raise trio.WouldBlock(f"the buffer of {self._capacity} items is full")
            if self._overflow == "drop_newest":
                return None
            self._items.popleft()
        self._items.append(item)
        self._consumer.wake()
        return None

    async def drained(self) -> None:
        """Wait until the consumer has taken everything."""
        self._producer_waits_here = True
        while self._items and not self.abandoned:
            self._resume_at = 0
            await self._producer.wait()

    def close(self, failure: Exception | None = None) -> None:
        """Nothing comes any more; ``failure`` is raised to the consumer."""
        self._closed = True
        self._failure = failure
        self._consumer.wake()

    @property
    def awaited(self) -> bool:
        """Whether the consumer waits for an item."""
        return self._consumer.task is not None

    def deserted(self) -> bool:
        """Whether the consumer has gone meanwhile (a call, because type checkers narrow attributes)."""
        return self.abandoned

    def abandon(self) -> bool:
        """Let the producer end at its next item; false if it does not wait here but is busy elsewhere."""
        self.abandoned = True
        self._items.clear()
        self._producer.wake()
        return self._producer_waits_here

    async def _wait_for_item(self) -> None:
        items = self._items
        if self.abandoned:
            raise trio.ClosedResourceError("the block that opened this stream has ended")
        if self._consumer.task is not None:
            raise trio.BusyResourceError("another task is waiting for the next item of this stream")
        if items:
            self._spent += 1
            if self._spent == CHECKPOINT_BUDGET:
                self._spent = 0
                await trio.lowlevel.checkpoint()
            return
        self._spent = 0
        if self._closed:
            await trio.lowlevel.checkpoint()
        while not items and not self._closed:
            await self._consumer.wait()
            self._consumer_comes = False
        if not items:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            raise StopAsyncIteration
