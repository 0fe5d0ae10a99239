"""Proofs of `trio_patterns.streams`: several streams of one."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import trio

from tests.proof.flow import Flow, FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


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
