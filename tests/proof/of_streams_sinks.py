"""Proofs of `trio_patterns.streams`: what runs a stream."""

from __future__ import annotations

from typing import Any

import trio

from tests.proof.flow import Flow, FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.backpressure import open_overflow_channel
from trio_patterns.streams import Stream, stream


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
