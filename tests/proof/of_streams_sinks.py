"""Proofs of `trio_patterns.streams`: what runs a stream."""

from __future__ import annotations

from typing import Any

import trio

from tests.proof.flow import Flow, FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.backpressure import open_overflow_channel
from trio_patterns.shutdown import CancellationToken, open_graceful_nursery
from trio_patterns.streams import OpenedStream, Stream, stream


@proves("Stream.collect", "Stream.reduce", "Stream.last", "Stream.count", "Stream.drain")
class WholeResults(Proof):
    """A sink that needs all items gives all or nothing, and the source is closed before it does."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.results: list[Any] = []

    def flow(self) -> Stream[int]:
        return stream(self.account.uneven, 4)

    async def add(self, total: int, item: int) -> int:
        return total + int(await self.account.work(item))

    def note(self, result: Any) -> None:
        self.account.settled()
        self.results.append(result)

    async def program(self) -> None:
        self.note(await self.flow().collect())
        self.note(await self.flow().reduce(self.add, 0))
        self.note(await self.flow().last())
        self.note(await self.flow().count())
        self.note(await self.flow().on_each(self.account.work).drain())

    def check(self) -> None:
        self.account.settled(1)
        assert self.results == [[0, 1, 2, 3], 6, 3, 4, None][: len(self.results)]

    def whole(self) -> None:
        assert len(self.results) == 5


@proves("Stream.first")
class FirstIsEnough(Proof):
    """What is in flight is awaited, and the source closed, before the first item is returned."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.found: int | None = None

    async def program(self) -> None:
        self.found = await stream(self.account.uneven, 9).map(self.account.work, 3, ordered=False).first()
        self.account.settled(3)

    def check(self) -> None:
        self.account.settled(3)
        assert self.account.begun <= 6

    def whole(self) -> None:
        assert self.found in (0, 1, 2)


@proves("Stream.to_channel")
class IntoAChannel(Flow):
    """The channel is closed at the end, and what was sent is received or still there, in order."""

    def begin(self) -> None:
        super().begin()
        self.send, self.receive = trio.open_memory_channel[int](1)

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source

    async def consume(self, flow: Stream[Any]) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(flow.to_channel, self.send)
            async for item in self.receive:
                await self.account.keep(item)

    def check(self) -> None:
        super().check()
        statistics = self.receive.statistics()
        assert statistics.open_send_channels == 0
        # One more may have been on its way into the channel.
        assert len(self.account.seen) + statistics.current_buffer_used >= len(self.entered) - 2


@proves("Stream.to_channel", "stream")
class FromChannelToChannel(Proof):
    """A receiver that goes away stops the stream; what was not pulled stays in the channel in front."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.told = False
        self.front, back = trio.open_memory_channel[int](5)
        self.spare = back.clone()
        self.back = back
        for item in range(5):
            self.front.send_nowait(item)
        self.front.close()

    async def program(self) -> None:
        send, receive = open_overflow_channel[int](2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.pump, send)
            with receive:
                async for item in receive:
                    await self.account.keep(item)
                    if item == 1:
                        break
        assert send.statistics().open_send_channels == 0

    async def pump(self, send: trio.abc.SendChannel[int]) -> None:
        try:
            await stream(self.back).map(self.account.work).to_channel(send)
        except trio.BrokenResourceError:
            self.told = True

    def check(self) -> None:
        self.account.settled(1)
        assert self.account.seen == [0, 1][: len(self.account.seen)]
        statistics = self.spare.statistics()
        assert statistics.current_buffer_used + self.account.begun in (5, 4)
        assert statistics.open_receive_channels == 1

    def whole(self) -> None:
        assert self.told


@proves("Stream.open", "OpenedStream", "StreamOpener")
class OpenedAndLeftEarly(Proof):
    """Leaving the block stops what runs ahead, awaits it, and closes the source."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.items: OpenedStream[int] | None = None

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        flow = stream(self.account.uneven, 9).take_until(token).map(self.account.work, 3)
        async with flow.open() as items:
            async for item in items:
                await self.account.keep(item)
                if item == 2:
                    break
        self.account.settled(3)
        assert token.cancelled or self.account.seen == [0, 1, 2]

    def check(self) -> None:
        self.account.settled(3)
        assert self.account.seen == [0, 1, 2][: len(self.account.seen)]
        assert self.account.begun <= 9


@proves("Stream.open", "OpenedStream")
class TimeoutAroundAnItem(Flow):
    """A wait for an item that is given up loses nothing: the next one gets it."""

    n = 4

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work, 2)

    async def consume(self, flow: Stream[Any]) -> None:
        async with flow.open() as items:
            while True:
                with trio.move_on_after(0.25):
                    try:
                        item = await anext(items)
                    except StopAsyncIteration:
                        return
                    # The deadline is over the wait only, and no checkpoint stands between it and this.
                    self.account.seen.append(item)


@proves("Stream.open", "StreamOpener")
class FailureBesideTheBlock(Proof):
    """A failure that comes while the body is at work cancels the body; the items before it were seen."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.failed = False

    def fail_at_two(self, item: int) -> int:
        if item == 2:
            raise LookupError(item)
        return item

    async def program(self) -> None:
        flow = stream(self.account.uneven, 5).map(self.fail_at_two)
        try:
            async with flow.open() as items:
                async for item in items:
                    await self.account.keep(item)
                    await trio.sleep(2)
        except LookupError:
            self.failed = True

    def check(self) -> None:
        self.account.settled()
        assert self.account.seen == [0, 1][: len(self.account.seen)]
        assert not self.failed or self.account.seen == [0, 1]

    def whole(self) -> None:
        assert self.failed


@proves("Stream.open", "Stream.take_until")
class OpenedInAGracefulNursery(Proof):
    """Told to stop, the worker finishes what has passed the token; only a hard stop cuts an item short."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.entered: list[int] = []
        self.saved: list[int] = []
        self.left_alone = False

    async def work(self, token: CancellationToken) -> None:
        flow = stream(self.account.uneven, 6).take_until(token).on_each(self.entered.append)
        async with flow.map(self.account.work, 2).open() as items:
            try:
                async for item in items:
                    await self.account.keep(item)
            finally:
                self.saved = self.entered[len(self.account.seen) :]
        self.left_alone = True

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        async with open_graceful_nursery(grace_period=8, signals=(), token=token) as nursery:
            nursery.start_soon(self.work, nursery.token)

    def check(self) -> None:
        self.account.settled(2)
        assert self.account.seen == self.entered[: len(self.account.seen)]
        assert self.account.seen + self.saved == self.entered[: len(self.account.seen) + len(self.saved)]
        if self.left_alone:
            assert self.account.seen == self.entered, "a soft stop has lost an item"

    def whole(self) -> None:
        assert self.account.seen == list(range(6))
