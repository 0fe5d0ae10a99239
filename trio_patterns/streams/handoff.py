"""Items handed from one task to another through a bounded deque: ``Stream.open`` and ``buffer``."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Generic, Literal, TypeAlias, TypeVar, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .._core.groups import UnwrappingNursery, open_unwrapping_nursery
from .engine import Answer, Emit, OnError, Run, WaitSlot, settle

__all__ = ["Handoff", "OpenedStream", "Overflow", "StreamOpener", "buffered"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

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
        #: Hands an item over. "No more" if nobody takes them.
        self.put: Emit[T] = self._make_put() if overflow == "wait" else self._put_or_drop

    def _make_put(self) -> Emit[T]:
        # A closure: looking attributes up would take half as long again, and `open` is called for each item.
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

    async def get(self) -> T:
        """Take the next item; `StopAsyncIteration` at the end."""
        items = self._items
        if not items or self._counts:
            await self._wait_for_item()
        item = items.popleft()
        if self._producer_waits_here and len(items) <= self._resume_at:
            self._producer.wake()
        return item

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


@final
class OpenedStream(AsyncIterator[T_co]):
    """The items of a running stream, one after the other; `Stream.open` gives it."""

    def __init__(self, handoff: Handoff[T_co]) -> None:
        self._handoff = handoff

    def __aiter__(self) -> OpenedStream[T_co]:
        return self

    def __anext__(self) -> Coroutine[Any, Any, T_co]:
        # Not `async def`: a coroutine around a coroutine would cost each item 70 ns.
        return self._handoff.get()


@final
class StreamOpener(Generic[T_co]):
    """What `Stream.open` returns: an async context manager that runs the stream in a task beside the body."""

    def __init__(self, run: Run[T_co], ahead: int) -> None:
        self._run = run
        # Half empty is soon enough to let the stream go on: it then makes several items in one turn.
        self._handoff: Handoff[T_co] = Handoff(ahead, resume_at=ahead // 2, most=2 * ahead)
        self._manager: UnwrappingNursery | None = None
        self._scope = trio.CancelScope()

    async def __aenter__(self) -> OpenedStream[T_co]:
        if self._manager is not None:
            raise RuntimeError("what open() returns can be entered only once: call open() again")
        self._manager = open_unwrapping_nursery()
        nursery = await self._manager.__aenter__()
        nursery.start_soon(self._produce)
        return OpenedStream(self._handoff)

    async def _produce(self) -> None:
        handoff = self._handoff
        with self._scope:
            try:
                await self._run(handoff.put, None)
            except Exception as exc:
                if handoff.abandoned:
                    raise  # from closing the source
                # What came before the failure is delivered before it. If the consumer stops earlier, the
                # failure has never come to pass for it, as with a loop over the same items.
                await handoff.drained()  # noqa: ASYNC120 - who is cancelled has no use for it
                if handoff.deserted():
                    return
                if not handoff.awaited:
                    raise  # the body is at work on the item before: the nursery cancels it
                handoff.close(exc)
            else:
                handoff.close()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        assert self._manager is not None
        if not self._handoff.abandon():
            self._scope.cancel(reason="the block that opened the stream has ended")
        return await self._manager.__aexit__(exc_type, exc, traceback)  # noqa: ASYNC102 - a nursery's exit


def buffered(upstream: Run[T], capacity: int, overflow: Overflow) -> Run[T]:
    """Let ``upstream`` run ahead in a task of its own, by ``capacity`` items."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        handoff: Handoff[T] = Handoff(capacity, resume_at=capacity, overflow=overflow)
        scope = trio.CancelScope()

        async def produce() -> None:
            with scope:
                try:
                    await upstream(handoff.put, None)
                except Exception as exc:
                    handoff.close(exc)
                else:
                    handoff.close()

        context = ItemContext()
        async with open_unwrapping_nursery() as nursery:
            nursery.start_soon(produce)
            while True:
                try:
                    item = await handoff.get()
                except StopAsyncIteration:
                    return
                if await settle(emit(item)):
                    break
                if context.changed():
                    await context.restore()
            if not handoff.abandon():
                scope.cancel(reason="nothing more is wanted")

    return run
