"""Proofs of `trio_patterns.streams`: batches and buffers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import trio

from tests.proof.flow import Flow, FlowAccount, pause
from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


@proves("Stream.chunks")
class ChunksBySize(Flow):
    """Only the last batch is not full, and it comes also if the source fails."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.chunks(2)

    def model(self, items: list[int]) -> list[Any]:
        return [items[at : at + 2] for at in range(0, len(items), 2)]


@proves("Stream.chunks")
class ChunksBySizeOrTime(Flow):
    """Whenever a batch is emitted, it begins where the one before has ended, and none is empty."""

    n = 8
    opened = True

    def begin(self) -> None:
        super().begin()
        self.sizes: list[int] = []

    def through(self, source: Stream[int]) -> Stream[Any]:
        batches = source.chunks(2, within=0.25)
        return batches.on_each(lambda batch: self.sizes.append(len(batch))).flat_map(lambda batch: batch)

    def check(self) -> None:
        super().check()
        assert all(size in (1, 2) for size in self.sizes)


@proves("Stream.buffer")
class BufferedWithRoom(Flow):
    """The source runs ahead by as much as there is room, and no item is lost or out of order."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.buffer(2)

    def check(self) -> None:
        super().check()
        assert len(self.entered) - len(self.account.seen) <= 4  # 2 in the buffer, one at either end


@proves("Stream.buffer", "Stream.open")
class BufferedWithoutRoom(BufferedWithRoom):
    """A buffer of 0, into a block of its own."""

    opened = True

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.buffer(0)


class Overflowing(Flow):
    """Base of the buffers that lose items: a quick source before a sink that takes a second."""

    n = 7

    async def consume(self, flow: Stream[Any]) -> None:
        await flow.for_each(self.handle)

    async def handle(self, item: int) -> None:
        self.account.seen.append(item)
        await trio.sleep(0.75)

    def through(self, source: Stream[int]) -> Stream[Any]:
        raise NotImplementedError

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        assert all(one < other for one, other in pairwise(seen))
        assert set(seen) <= set(expected)


@proves("Stream.buffer")
class BufferDropsTheOldest(Overflowing):
    """Whatever is dropped, the last items that fit are seen."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.buffer(2, "drop_oldest")

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        super().compare(seen, expected)
        assert not self.finished or seen[-2:] == expected[-2:]


@proves("Stream.buffer")
class BufferDropsTheNewest(Overflowing):
    """Whatever is dropped, the first items that fit are seen."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.buffer(2, "drop_newest")

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        super().compare(seen, expected)
        assert not self.finished or seen[:2] == expected[:2]


@proves("Stream.buffer")
class BufferThatFails(Proof):
    """A full buffer ends the stream with an error, and what was in it is given out before."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.full = False

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        flow = stream(self.account.uneven, 6).take_until(token).buffer(1, "error")
        try:
            await flow.for_each(self.handle)
        except trio.WouldBlock:
            self.full = True

    async def handle(self, item: int) -> None:
        self.account.seen.append(item)
        await pause(item + 2, 2)

    def check(self) -> None:
        self.account.settled()
        assert self.account.seen == list(range(len(self.account.seen)))

    def whole(self) -> None:
        assert self.full


@proves("Stream.chunks")
class BatchBeforeTheFailure(Proof):
    """A source that fails: the open batch is emitted first, then the failure raised."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.failed = False

    async def program(self) -> None:
        flow = stream(self.account.uneven, 3).map(self.fail_at_two).chunks(5, within=9)
        try:
            await flow.for_each(self.account.keep)
        except LookupError:
            self.failed = True

    async def fail_at_two(self, item: int) -> int:
        await self.account.work(item)
        if item == 2:
            raise LookupError(item)
        return item

    def check(self) -> None:
        self.account.settled(1)
        assert self.account.seen in ([], [[0]], [[0, 1]])
        assert not self.failed or self.account.seen == [[0, 1]]

    def whole(self) -> None:
        assert self.failed
