"""One source, several sides that each run as a stream: the machinery of ``broadcast`` and ``partition``.

The source runs in one task. It hands an item to the sides concerned once all of them have room; what a side
has not taken yet lies in a deque of its own. Without a buffer the source goes on when it is wanted: so it is
not asked for items after the last one that somebody takes. With a buffer it goes on at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar, final

import trio

from .._core.budget import CHECKPOINT_BUDGET
from .._core.context import ItemContext
from .engine import Answer, Emit, OnError, Run, WaitSlot

__all__ = ["Side", "Split"]

T = TypeVar("T")


@final
class Split(Generic[T]):
    """The source's part: hands items to sides and waits for them."""

    def __init__(
        self, name: str, count: int, buffer: int, *, wait_for: Callable[[Iterable[bool]], bool]
    ) -> None:
        self.name = name
        self.sides = tuple(Side(self, buffer) for _ in range(count))
        # Those that take items, or may yet begin to.
        self._live = list(self.sides)
        # `all` or `any`: how many sides must wait before the source is asked, if there is no buffer.
        self._wait_for = wait_for
        self._buffered = buffer > 0
        self._wanted = False
        self._source = WaitSlot()
        # What the source waits for in `_until`; None when it is busy elsewhere.
        self._awaited: Callable[[], bool] | None = None
        self._scope = trio.CancelScope()
        self._stopped = False
        #: The source has been started.
        self.started = False
        #: No item will come any more.
        self.ended = False
        #: The block has ended.
        self.closed = False
        #: The source's failure, until a side raises it.
        self.failure: Exception | None = None
        self._raised = False

    async def produce(self, upstream: Run[T], emit: Emit[T]) -> None:
        """Run the source once a side wants items."""
        with self._scope:
            while not self._wanted:
                await self._source.wait()
            self.started = True
            try:
                await upstream(emit, None)
            except Exception as exc:
                if self.closed:
                    raise
                self.failure = exc
            self.ended = True
            for side in self.sides:
                side.wake()

    def start(self) -> None:
        """Let the source begin: a side is run."""
        self._wanted = True
        self._source.wake()

    def hand(self, sides: Sequence[Side[T]], item: T) -> Answer:
        """Give ``item`` to ``sides``; "no more" when no side is left."""
        for side in sides:
            if not side.has_room():
                return self._hand_later(sides, item)
        for side in sides:
            side.give(item)
        if self._live and self._may_go_on():
            return None
        return self._wait_to_go_on()

    async def _hand_later(self, sides: Sequence[Side[T]], item: T) -> bool:
        await self._until(lambda: all(side.has_room() for side in sides))
        for side in sides:
            side.give(item)
        return await self._wait_to_go_on()

    async def _wait_to_go_on(self) -> bool:
        await self._until(self._may_go_on)
        return not self._live

    def _may_go_on(self) -> bool:
        return self._buffered or not self._live or self._wait_for(side.has_room() for side in self._live)

    async def _until(self, condition: Callable[[], bool]) -> None:
        self._awaited = condition
        try:
            while not condition():
                await self._source.wait()
        finally:
            self._awaited = None

    def moved(self) -> None:
        """Let the source go on if what it waits for has come to pass: a side has room, or has gone."""
        if self._source.task is not None and self._awaited is not None and self._awaited():
            self._source.wake()

    def leave(self, side: Side[T]) -> None:
        """Count ``side`` out: it takes no more items."""
        if side in self._live:
            self._live.remove(side)
        if self._live:
            self.moved()
        else:
            self._stop("no side wants more items")

    def close(self) -> None:
        """End everything: the block is left."""
        self.closed = True
        self._live.clear()
        for side in self.sides:
            side.end()
        self._stop("the block that split the stream has ended")

    def _stop(self, reason: str) -> None:
        # A source that waits here hears "no more" and can close in peace; elsewhere its wait is cancelled.
        if not self._stopped and self._awaited is None:
            self._scope.cancel(reason=reason)
        self._stopped = True
        self._source.wake()

    def raise_failure(self) -> None:
        """Raise the source's failure in a side."""
        if self.failure is not None:
            self._raised = True
            raise self.failure

    async def raise_uncollected(self) -> None:
        """Raise the source's failure if no side has."""
        if not self._raised:
            self.raise_failure()


@final
class Side(Generic[T]):
    """One side: its `run` is a stream that can run once."""

    def __init__(self, split: Split[T], buffer: int) -> None:
        self._split = split
        self._buffer = buffer
        self._items: deque[T] = deque()
        self._slot = WaitSlot()
        # It waits for an item and none has been given.
        self._asks = False
        self._started = False
        #: It takes no more items.
        self.gone = False

    def has_room(self) -> bool:
        """Whether an item can be given; what has gone takes everything, and drops it."""
        return self._asks or self.gone or len(self._items) < self._buffer

    def give(self, item: T) -> None:
        """Add an item."""
        if not self.gone:
            self._asks = False
            self._items.append(item)
            if self._slot.task is not None:
                self._slot.wake()

    def wake(self) -> None:
        """Let it see that the source or the block has ended."""
        self._slot.wake()

    def end(self) -> None:
        """Drop what it has; take no more."""
        self.gone = True
        self._items.clear()
        self._slot.wake()

    def close(self) -> None:
        """Count it out, unless it runs: it has been given up, and will not be run any more."""
        if not self._started:
            self._started = True
            self.end()
            self._split.leave(self)

    async def run(self, emit: Emit[T], on_error: OnError | None) -> None:
        """Emit the items: what a stream needs."""
        split = self._split
        if self._started:
            raise RuntimeError(f"each stream of {split.name}() can be run only once, and this one has been")
        self._started = True
        context = ItemContext()
        items = self._items
        spent = 0
        split.start()
        try:
            while True:  # noqa: ASYNC913 - what lies ready is taken within the budget
                if not items:
                    spent = 0
                    if not await self._more():
                        return
                item = items.popleft()
                if self._buffer:
                    split.moved()
                if (answer := emit(item)) and (answer is True or await answer):
                    return
                if context.current != context.base:
                    await context.restore()
                spent += 1
                if spent == CHECKPOINT_BUDGET:
                    spent = 0
                    await trio.lowlevel.checkpoint()
        finally:
            self.end()
            split.leave(self)

    async def _more(self) -> bool:
        """Wait for an item; false when there will be none."""
        split = self._split
        while not self._items:
            if split.closed:
                raise trio.ClosedResourceError(f"the block of {split.name}() has ended")
            if split.ended:
                split.raise_failure()
                return False
            self._asks = True
            split.moved()
            await self._slot.wait()
        return True
