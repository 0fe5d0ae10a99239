"""Proofs of `trio_patterns.streams`: several calls at once."""

from __future__ import annotations

import time
from typing import Any

import trio

from tests.proof.flow import Flow, FlowAccount, pause
from tests.proof.proof import Proof, proves
from trio_patterns.streams import Stream, stream


@proves("Stream.map")
class MapInOrder(Flow):
    """Results come in the order of the items, whatever call ends first."""

    limit = 3

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, 3)


@proves("Stream.map", "Stream.open")
class MapInOrderOpened(MapInOrder):
    """The same into a block of its own."""

    opened = True


@proves("Stream.map", "Stream.open")
class MapInOrderOfAList(MapInOrder):
    """The same from a list, which the tasks of the step read by themselves."""

    opened = direct = True


@proves("Stream.map")
class MapOfMap(Flow):
    """One limit behind another: each is kept, and the order with them."""

    limit = 5
    opened = True

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, 2).map(self.account.work, 3)


@proves("Stream.map")
class MapAsCompleted(Flow):
    """Each result once, in any order."""

    ordered = False
    limit = 3

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, 3, ordered=False)


@proves("Stream.map", "Stream.open")
class MapAsCompletedOpened(MapAsCompleted):
    """The same into a block of its own."""

    opened = True


@proves("Stream.map")
class MapAsCompletedOfAList(MapAsCompleted):
    """The same from a list."""

    direct = True


@proves("Stream.map")
class MapWithALimiter(Flow):
    """A limiter of the caller's is kept, and every token is given back."""

    ordered = False
    limit = 2

    def begin(self) -> None:
        super().begin()
        self.limiter = trio.CapacityLimiter(2)

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, self.limiter, ordered=False)

    def check(self) -> None:
        super().check()
        assert self.limiter.borrowed_tokens == 0
        assert self.limiter.statistics().tasks_waiting == 0


@proves("Stream.map")
class MapUnderPressure(Flow):
    """More items than calls are allowed, and all take as long: never more than the limit, and never fewer."""

    n = 6
    every = 0.0
    limit = 2

    def begin(self) -> None:
        super().begin()
        self.took = 0.0

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.call, 2)

    async def consume(self, flow: Stream[Any]) -> None:
        await flow.for_each(self.account.seen.append)
        self.took = trio.current_time()

    def whole(self) -> None:
        super().whole()
        assert self.took == 3


@proves("Stream.map")
class MapAsCompletedUnderPressure(MapUnderPressure):
    """The same with results as they come."""

    ordered = False

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.call, 2, ordered=False)


@proves("Stream.flat_map")
class InnerStreamsUnderPressure(MapUnderPressure):
    """The same with inner streams."""

    ordered = False

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.flat_map(lambda item: stream([item]).map(self.account.call), 2)


@proves("Stream.map")
class TwoStreamsShareALimiter(Proof):
    """Together they never have more calls than the limiter allows, and neither starves."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.other: list[int] = []
        self.limiter = trio.CapacityLimiter(2)

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            ordered = stream(range(3)).map(self.account.work, self.limiter)
            nursery.start_soon(ordered.for_each, self.account.keep)
            unordered = stream(range(3)).map(self.account.work, self.limiter, ordered=False)
            nursery.start_soon(unordered.for_each, self.other.append)

    def check(self) -> None:
        self.account.settled(2)
        assert self.account.seen == [0, 1, 2][: len(self.account.seen)]
        assert len(set(self.other)) == len(self.other)
        assert self.limiter.borrowed_tokens == 0

    def whole(self) -> None:
        assert self.account.seen == sorted(self.other) == [0, 1, 2]


@proves("Stream.map")
class FailureInOrder(Proof):
    """The failure of an item comes behind the results before it, and nothing behind it is begun then."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.failed: int | None = None

    async def fail_at_two_and_three(self, item: int) -> int:
        await self.account.work(item)
        if item in (2, 3):
            raise LookupError(item)
        return item

    async def program(self) -> None:
        flow = stream(self.account.uneven, 9).map(self.fail_at_two_and_three, 3)
        try:
            await flow.for_each(self.account.keep)
        except LookupError as error:
            self.failed = error.args[0]

    def check(self) -> None:
        self.account.settled(3)
        assert self.account.seen == [0, 1][: len(self.account.seen)]
        assert self.account.begun <= 5
        if self.failed is not None:
            assert (self.failed, self.account.seen) == (2, [0, 1])

    def whole(self) -> None:
        assert self.failed == 2


@proves("Stream.for_each")
class ForEachAtOnce(Flow):
    """A sink with a limit handles each item once."""

    ordered = False
    limit = 3

    async def consume(self, flow: Stream[Any]) -> None:
        await flow.for_each(self.handle, 3)

    async def handle(self, item: int) -> None:
        await self.account.work(item)
        self.account.seen.append(item)
        await pause(item, 0.25)

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source


@proves("Stream.offload")
class OffloadAwaitsItsThreads(Proof):
    """No thread is left at work when the stream has ended, however it did, and the order is kept."""

    threads = True

    def begin(self) -> None:
        self.account = FlowAccount()
        self.begun: list[int] = []
        self.ended: list[int] = []

    def block(self, item: int) -> int:
        self.begun.append(item)
        time.sleep(0.001 * (item % 2))
        self.ended.append(item)
        return item

    async def program(self) -> None:
        flow = stream(self.account.uneven, 4).offload(self.block, 2)
        await flow.for_each(self.account.keep)

    def check(self) -> None:
        self.account.settled()
        assert sorted(self.begun) == sorted(self.ended)
        assert self.account.seen == [0, 1, 2, 3][: len(self.account.seen)]
