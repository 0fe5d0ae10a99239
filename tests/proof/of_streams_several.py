"""Proofs of `trio_patterns.streams`: one stream of several, and several of one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, ClassVar

import trio

from tests.proof.flow import Flow, FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


@proves("Stream.merge")
class MergedItems(Flow):
    """Each side keeps its own order, and every item of both comes once."""

    n = 4
    ordered = False

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, 2).merge(stream(range(10, 13)).map(self.account.work))

    def model(self, items: list[int]) -> list[Any]:
        return [*items, 10, 11, 12]

    def check(self) -> None:
        super().check()
        for side in (range(10), range(10, 20)):
            mine = [item for item in self.account.seen if item in side]
            assert mine == sorted(mine)


@proves("Stream.zip")
class ZippedItems(Flow):
    """The pairs are of items with the same number, and the longer side is closed with the shorter one."""

    n = 4

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.zip(stream(self.account.uneven, 6).buffer(1), range(9))

    def model(self, items: list[int]) -> list[Any]:
        return [(item, item, item) for item in items]


@proves("Stream.zip_latest")
class LatestOfEach(Flow):
    """From one tuple to the next one place changes, to the next item of that side; the last is of both ends."""

    n = 4

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.zip_latest(stream(self.account.source(3, every=0.5)))

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        for before, after in pairwise(seen):
            assert after in ((before[0] + 1, before[1]), (before[0], before[1] + 1))
        assert {item for item, _ in seen} <= set(expected)
        if self.finished and expected:
            assert seen[-1] == (expected[-1], 2)


@proves("Stream.chain")
class ChainedParts(Flow):
    """One part after the other; the source of a part whose turn does not come is closed all the same."""

    n = 3

    def begin(self) -> None:
        super().begin()
        self.send, self.receive = trio.open_memory_channel[int](1)
        self.send.send_nowait(7)
        self.send.close()

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.chain(stream(self.account.uneven, 2).map(self.account.work), self.receive)

    def model(self, items: list[int]) -> list[Any]:
        return [*items, 0, 1, 7]

    def check(self) -> None:
        super().check()
        assert self.receive.statistics().open_receive_channels == 0


@proves("Stream.chain", "Stream.take")
class ChainedAndMapped(Flow):
    """A step behind the parts has one limit over all of them, and the first part is left in its middle."""

    limit = 2

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.take(2).chain(range(2, 5)).map(self.account.work, 2)

    def model(self, items: list[int]) -> list[Any]:
        return [*items[:2], 2, 3, 4]


class Sides(Proof):
    """Base of those that make several streams of one: what each side sees is right as far as it goes."""

    wanted: ClassVar[list[list[int]]] = []
    #: Whether a side that has ended by itself has seen all.
    n: ClassVar[int] = 4

    def begin(self) -> None:
        self.account = FlowAccount()
        self.entered: list[int] = []
        self.seen: list[list[int]] = [[] for _ in self.wanted]
        self.ended = [False for _ in self.wanted]

    def source(self, token: CancellationToken) -> Stream[int]:
        return stream(self.account.uneven, self.n).take_until(token).on_each(self.entered.append)

    async def see(self, index: int, side: Stream[int]) -> None:
        """Run a side, at a speed of its own."""

        async def keep(item: int) -> None:
            await trio.lowlevel.checkpoint()
            self.seen[index].append(item)
            await trio.sleep(index / 4)

        await side.for_each(keep)
        self.ended[index] = True

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    def check(self) -> None:
        self.account.settled()
        assert self.account.opened <= 1
        for seen, wanted, ended in zip(self.seen, self.wanted, self.ended, strict=True):
            assert seen == wanted[: len(seen)]
            assert not ended or seen == [item for item in wanted if item in self.entered]

    def whole(self) -> None:
        assert self.seen == self.wanted


@proves("Stream.broadcast", "StreamSplitter")
class BroadcastToAll(Sides):
    """Every side sees every item, and one that has enough does not hold the others back."""

    wanted: ClassVar = [[0, 1, 2, 3], [0, 1, 2], [0, 1, 2, 3]]
    buffer: ClassVar[int] = 0

    async def stopped(self, token: CancellationToken) -> None:
        splitter = self.source(token).broadcast(3, self.buffer)
        async with splitter as (a, b, c), trio.open_nursery() as nursery:
            nursery.start_soon(self.see, 0, a)
            nursery.start_soon(self.see, 1, b.take(3))
            nursery.start_soon(self.see, 2, c)


@proves("Stream.broadcast")
class BroadcastWithABuffer(BroadcastToAll):
    """A side may be ahead of another by the buffer, and not more."""

    buffer = 2

    def check(self) -> None:
        super().check()
        # One is with each side, and one on its way.
        assert len(self.entered) - min(map(len, self.seen)) <= 2 + 2 or self.seen[1] == [0, 1, 2]


@proves("Stream.broadcast", "Stream.open")
class BroadcastLeftEarly(Sides):
    """A side that is left in the middle, the others go on to the end."""

    wanted: ClassVar = [[0, 1], [0, 1, 2, 3]]

    async def stopped(self, token: CancellationToken) -> None:
        async with self.source(token).broadcast(2, 1) as (a, b), trio.open_nursery() as nursery:
            nursery.start_soon(self.see, 1, b)
            async with a.open() as items:
                async for item in items:
                    self.seen[0].append(item)
                    await trio.lowlevel.checkpoint()
                    if item == 1:
                        break


class OneSideIsCancelled(Proof):
    """Wherever one side is cancelled, the others miss nothing, and do not wait for it."""

    buffer: ClassVar[int]
    within = 20.0

    def begin(self) -> None:
        self.account = FlowAccount()
        self.seen: list[int] = []
        self.found: list[list[int]] = []

    async def collect(self, side: Stream[int]) -> None:
        self.found.append(await side.collect())

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            with trio.CancelScope(shield=True):
                source = stream(lambda: self.account.source(5, every=1))
                async with source.broadcast(3, self.buffer) as (a, b, c), trio.open_nursery() as others:
                    nursery.start_soon(b.for_each, self.account.keep)
                    others.start_soon(self.collect, a)
                    others.start_soon(self.collect, c)
                assert self.found == [[0, 1, 2, 3, 4]] * 2

    def check(self) -> None:
        self.account.settled()
        assert self.account.opened == 1
        assert self.account.seen == list(range(len(self.account.seen)))


@proves("Stream.broadcast")
class OneSideIsCancelledWithoutABuffer(OneSideIsCancelled):
    buffer = 0


@proves("Stream.broadcast")
class OneSideIsCancelledWithABuffer(OneSideIsCancelled):
    buffer = 1


@proves("Stream.broadcast")
class OneSideIsCancelledWithRoomForAll(OneSideIsCancelled):
    buffer = 10


@proves("Stream.broadcast")
class BlockLeftEarly(Proof):
    """Leaving the block stops the source and closes it, and a side that is still run is told so."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.closed = False

    async def run(self, side: Stream[int]) -> None:
        try:
            await side.for_each(self.account.keep)
        except trio.ClosedResourceError:
            self.closed = True

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            async with stream(self.account.uneven, 9).broadcast(2) as (a, b):
                nursery.start_soon(self.run, a)
                assert await b.first() == 0
                await trio.sleep(0.5)

    def check(self) -> None:
        self.account.settled()
        assert self.account.seen == list(range(len(self.account.seen)))

    def whole(self) -> None:
        assert self.closed


@proves("Stream.broadcast", "Stream.merge", "Stream.buffer")
class BroadcastAndMerged(Flow):
    """The sides come together again: each item twice."""

    n = 3
    ordered = False

    async def consume(self, flow: Stream[Any]) -> None:
        async with flow.broadcast(2) as (a, b):
            await a.merge(b).buffer(1).for_each(self.account.keep)

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source

    def model(self, items: list[int]) -> list[Any]:
        return [*items, *items]


@proves("Stream.partition")
class PartitionedInTwo(Sides):
    """An item goes to one side, in order, and a side that has enough drops its own."""

    n = 6
    wanted: ClassVar = [[1, 3, 5], [0, 2]]

    async def odd(self, item: int) -> bool:
        await self.account.work(item)
        return item % 2 == 1

    async def stopped(self, token: CancellationToken) -> None:
        async with self.source(token).partition(self.odd) as (odd, even), trio.open_nursery() as nursery:
            nursery.start_soon(self.see, 0, odd)
            nursery.start_soon(self.see, 1, even.take(2))


@proves("Stream.partition")
class PartitionedAndMerged(Flow):
    """The two sides together have each item once."""

    n = 4
    ordered = False

    async def consume(self, flow: Stream[Any]) -> None:
        async with flow.partition(lambda item: item % 2) as (odd, even):
            await odd.merge(even).for_each(self.account.keep)

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source


@proves("Stream.partition")
class PartitionFails(Proof):
    """A failure of the source comes to both sides, behind the items before it; it is one failure."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.failures: Counter[str] = Counter()

    def fail_at_two(self, item: int) -> int:
        if item == 2:
            raise LookupError(item)
        return item

    async def run(self, side: Stream[int]) -> None:
        try:
            await side.for_each(self.account.keep)
        except LookupError as error:
            self.failures[str(error)] += 1

    async def program(self) -> None:
        source = stream(self.account.uneven, 5).map(self.fail_at_two)
        async with source.partition(lambda item: item % 2) as (odd, even), trio.open_nursery() as nursery:
            nursery.start_soon(self.run, odd)
            nursery.start_soon(self.run, even)

    def check(self) -> None:
        self.account.settled()
        assert set(self.account.seen) <= {0, 1}
        assert len(set(self.account.seen)) == len(self.account.seen)

    def whole(self) -> None:
        assert self.failures == {"2": 2}
        assert sorted(self.account.seen) == [0, 1]
