"""Proofs of `trio_patterns.streams`: a stream beside a block."""

from __future__ import annotations

from typing import Any

import trio

from tests.proof.flow import Flow, FlowAccount, instead_of_cancelling
from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken, open_graceful_nursery
from trio_patterns.streams import OpenedStream, Stream, stream


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


@proves("Stream.open", "OpenedStream")
class OneWaitIsGivenUp(Proof):
    """Wherever a single wait for an item is cancelled, also just as the item comes: the next one gets it."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.wait = trio.CancelScope()
        self.whole_way = False

    async def program(self) -> None:
        await instead_of_cancelling(lambda: self.wait.cancel(), self.consume)

    async def consume(self) -> None:
        async with stream(self.account.uneven, 4).map(self.account.work, 2).open() as items:
            while True:
                with trio.CancelScope() as self.wait:
                    try:
                        item = await anext(items)
                    except StopAsyncIteration:
                        break
                    self.account.seen.append(item)
                await trio.lowlevel.checkpoint()
        self.whole_way = True

    def check(self) -> None:
        self.account.settled(2)
        assert self.account.seen == [0, 1, 2, 3][: len(self.account.seen)]
        assert not self.whole_way or len(self.account.seen) == 4, "an item was lost"

    def whole(self) -> None:
        assert self.whole_way


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
