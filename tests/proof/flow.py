"""A proof about steps of a stream: what comes out is what a plain function says, up to where it was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar

import trio

from tests.proof.proof import Account, Proof
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


async def pause(number: int, seconds: float) -> None:
    """Go on at once, pass a checkpoint, or sleep: by the remainder of ``number``."""
    if number % 3 == 1:
        await trio.lowlevel.checkpoint()
    elif number % 3 == 2:
        await trio.sleep(seconds)


async def instead_of_cancelling(act: Callable[[], object], async_fn: Callable[[], Awaitable[object]]) -> None:
    """Run a function to its end; a cancellation from outside calls ``act`` instead, at that very point."""
    over = False

    def abort(_: object) -> trio.lowlevel.Abort:
        if not over:
            act()
        return trio.lowlevel.Abort.SUCCEEDED

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.wait_task_rescheduled, abort)
        with trio.CancelScope(shield=True):
            await async_fn()
        over = True
        nursery.cancel_scope.cancel()


class FlowAccount(Account):
    """Sources, calls and a sink that wait here and not there, so that what begins first may end last."""

    async def uneven(self, n: int) -> AsyncIterator[int]:
        """Yield 0 to n-1: one at once, one after a checkpoint, one after half a second, and so on."""
        self.opened += 1
        try:
            for item in range(n):
                await pause(item, 0.5)
                yield item
        finally:
            self.closed += 1

    async def work(self, item: Any) -> Any:
        """Return the item after a second, after a checkpoint, or at once."""
        self.begun += 1
        self.most = max(self.most, self.begun - self.ended)
        try:
            await pause(2 - hash(item) % 3, 1)
            return item
        finally:
            self.ended += 1

    async def keep(self, item: Any) -> None:
        """See an item, behind a checkpoint, and before another pause."""
        await trio.lowlevel.checkpoint()
        self.seen.append(item)
        await pause(len(self.seen), 0.25)


class Flow(Proof):
    """Base of them. A subclass has ``through``, the steps, and ``model``, what they do in plain Python.

    Whatever happens, what has arrived is the beginning of what ``model`` makes of the items that have come
    into the steps, and all of it once the stream has ended by itself: also if `Stream.take_until` has
    ended it, in front of the steps.
    """

    #: Items of the source.
    n: ClassVar[int] = 5
    #: Seconds before each, or None: a checkpoint or none.
    every: ClassVar[float | None] = None
    #: Whether the source is a range, which the steps read by themselves.
    direct: ClassVar[bool] = False
    #: Whether they come out in order.
    ordered: ClassVar[bool] = True
    #: Calls at once at most, and items pulled and not begun at most.
    limit: ClassVar[int | None] = None
    #: Whether `Stream.open` runs it, or `Stream.for_each`.
    opened: ClassVar[bool] = False

    def begin(self) -> None:
        self.account = FlowAccount()
        self.entered: list[int] = []
        self.ahead = 0
        self.finished = False

    def through(self, source: Stream[int]) -> Stream[Any]:
        """Return the steps behind the source."""
        raise NotImplementedError

    def model(self, items: list[int]) -> list[Any]:
        """Return what the steps make of these items."""
        return items

    def source(self) -> Stream[int]:
        """Return the source."""
        if self.direct:
            self.entered = list(range(self.n))
            return stream(range(self.n))
        if self.every is None:
            return stream(self.account.uneven, self.n)
        return stream(lambda: self.account.source(self.n, every=self.every or 0.0))

    def enter(self, item: int) -> None:
        """Note an item that comes to the steps."""
        self.entered.append(item)
        self.ahead = max(self.ahead, len(self.entered) - self.account.begun)

    async def consume(self, flow: Stream[Any]) -> None:
        """Run the stream."""
        if self.opened:
            async with flow.open() as items:
                async for item in items:
                    await self.account.keep(item)
        else:
            await flow.for_each(self.account.keep)

    async def program(self) -> None:
        source = self.source()
        await self.consume(self.through(source if self.direct else source.on_each(self.enter)))
        self.finished = True

    async def stopped(self, token: CancellationToken) -> None:
        self.entered.clear()
        source = stream(self.account.uneven, self.n) if self.direct else self.source()
        await self.consume(self.through(source.take_until(token).on_each(self.enter)))
        self.finished = True

    def check(self) -> None:
        self.account.settled(self.limit)
        if self.limit is not None and not self.direct:
            assert self.ahead <= self.limit, f"{self.ahead} items were pulled and not begun"
        self.compare(self.account.seen, self.model(self.entered))

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        """Assert that the right items have arrived, and all if the stream has ended by itself."""
        if self.ordered:
            assert seen == expected[: len(seen)]
        else:
            assert Counter(seen) <= Counter(expected)
        assert not self.finished or len(seen) == len(expected), "an item was lost"

    def whole(self) -> None:
        self.compare(self.account.seen, self.model(list(range(self.n))))
        assert self.finished
