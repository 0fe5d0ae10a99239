"""Proofs of `trio_patterns.backpressure`: the rate limiter, and channels that drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.backpressure import (
    OverflowReceiveChannel,
    OverflowSendChannel,
    RateLimiter,
    open_overflow_channel,
)
from trio_patterns.shutdown import CancellationToken


@proves("RateLimiter")
class PermitsAreHadOrStillThere(Proof):
    """A wait that is cut short costs no permit: the next one has it, at the same time."""

    def begin(self) -> None:
        self.limiter = RateLimiter(1, burst=2)
        self.had: list[float] = []

    async def program(self) -> None:
        try:
            for _ in range(2):
                await self.limiter.acquire()
                self.had.append(trio.current_time())
                async with self.limiter:
                    self.had.append(trio.current_time())
        finally:
            with trio.CancelScope(shield=True):
                await self.limiter.acquire()
                self.had.append(trio.current_time())

    def check(self) -> None:
        assert self.had == [0, 0, 1, 2, 3][: len(self.had)]

    def whole(self) -> None:
        assert len(self.had) == 5


@proves("RateLimiter")
class WaitersAreServedInTurn(Proof):
    """First come, first served, a second apart, whoever gives up; the permit after that is due in time."""

    def begin(self) -> None:
        self.limiter = RateLimiter(1)
        self.came: list[int] = []
        self.served: list[int] = []
        self.gone: list[int] = []
        self.had: list[float] = []
        self.next: tuple[float, float] | None = None

    async def wait(self, number: int, patience: float = 99) -> None:
        self.came.append(number)
        with trio.move_on_after(patience):
            try:
                await self.limiter.acquire()
            except BaseException:
                self.gone.append(number)
                raise
            self.served.append(number)
            self.had.append(trio.current_time())

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        try:
            with token.scope():
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.wait, 0)
                    nursery.start_soon(self.wait, 1, 0.5)
                    nursery.start_soon(self.wait, 2)
                    nursery.start_soon(self.wait, 3, 1)
                    nursery.start_soon(self.wait, 4)
        finally:
            with trio.CancelScope(shield=True):
                now = trio.current_time()
                await self.limiter.acquire()
                self.next = now, trio.current_time()

    def check(self) -> None:
        assert self.served == [number for number in self.came if number in self.served]
        assert not {*self.served} & {*self.gone}
        assert self.had == sorted(self.had)
        assert self.had == list(range(len(self.had))), "a permit was lost"
        if self.next is not None:
            now, then = self.next
            assert then == max(now, len(self.had)), "a permit was lost"

    def whole(self) -> None:
        assert {0, 2, 4} <= {*self.served}
        assert sorted(self.served + self.gone) == [0, 1, 2, 3, 4]


class Channel(Proof):
    """Base of them: what was sent is received, in the buffer, or dropped and counted."""

    overflow: ClassVar[Literal["drop_oldest", "drop_newest", "error"]]
    size: ClassVar[int] = 1

    def begin(self) -> None:
        self.send: OverflowSendChannel[int]
        self.receive: OverflowReceiveChannel[int]
        self.send, self.receive = open_overflow_channel[int](self.size, overflow=self.overflow)
        self.sent: list[int] = []
        self.refused: list[int] = []
        self.found: list[list[int]] = []
        self.ended = False

    async def produce(
        self, send: OverflowSendChannel[int], items: Sequence[int], token: CancellationToken
    ) -> None:
        with send:
            for item in items:
                if token.cancelled:
                    return
                try:
                    await send.send(item)
                except trio.WouldBlock:
                    self.refused.append(item)
                else:
                    self.sent.append(item)
                await trio.sleep(item % 3)

    async def consume(self, receive: OverflowReceiveChannel[int]) -> None:
        found: list[int] = []
        self.found.append(found)
        with receive:
            async for item in receive:
                found.append(item)
                await trio.sleep(0.5)

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as nursery:
            with self.send:
                for items in (range(5), range(100, 105)):
                    nursery.start_soon(self.produce, self.send.clone(), items, token)
                for _ in range(2):
                    nursery.start_soon(self.consume, self.receive.clone())
        self.ended = True

    def rest(self) -> list[int]:
        """Take what is still in the buffer."""
        rest: list[int] = []
        while True:
            try:
                rest.append(self.receive.receive_nowait())
            except (trio.WouldBlock, trio.EndOfChannel):
                return rest

    def check(self) -> None:
        rest = self.rest()
        found = [item for each in self.found for item in each]
        assert len(found) + len(rest) + self.send.dropped == len(self.sent)
        assert len({*found, *rest}) == len(found) + len(rest)
        assert {*found, *rest} <= {*self.sent}
        assert not {*self.sent} & {*self.refused}
        for each in (*self.found, rest):
            assert each == [item for item in self.sent if item in each], "out of order"
        statistics: Any = self.send.statistics()
        assert statistics.tasks_waiting_receive == 0
        assert (statistics.open_send_channels, statistics.open_receive_channels) == (0, 1)
        assert not self.ended or rest == []

    def whole(self) -> None:
        assert len(self.sent) + len(self.refused) == 10


@proves("open_overflow_channel", "OverflowSendChannel", "OverflowReceiveChannel")
class ChannelDropsTheOldest(Channel):
    """The buffer has the latest items."""

    overflow = "drop_oldest"


@proves("open_overflow_channel")
class WideChannelDropsTheOldest(ChannelDropsTheOldest):
    """The same with room for three."""

    size = 3


@proves("open_overflow_channel")
class ChannelDropsTheNewest(Channel):
    """The buffer has the first items."""

    overflow = "drop_newest"


@proves("open_overflow_channel")
class WideChannelDropsTheNewest(ChannelDropsTheNewest):
    """The same with room for three."""

    size = 3


@proves("open_overflow_channel")
class ChannelRefuses(Channel):
    """A sender is told that there is no room, and nothing is dropped."""

    overflow = "error"

    def check(self) -> None:
        super().check()
        assert self.send.dropped == 0


@proves("open_overflow_channel")
class WideChannelRefuses(ChannelRefuses):
    """The same with room for three."""

    size = 3
