"""Proofs of `trio_patterns.streams`: one of several sides goes early."""

from __future__ import annotations

from typing import ClassVar

import trio

from tests.proof.flow import FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.streams import Stream, stream


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

    async def run(self, side: Stream[int], over: trio.Event) -> None:
        try:
            await side.for_each(self.account.keep)
        except trio.ClosedResourceError:
            assert not self.found, "the block ends early only if another side fails"
        finally:
            over.set()

    async def program(self) -> None:
        over = trio.Event()
        async with trio.open_nursery() as nursery:
            with trio.CancelScope(shield=True):
                source = stream(lambda: self.account.source(5, every=1))
                async with source.broadcast(3, self.buffer) as (a, b, c), trio.open_nursery() as others:
                    nursery.start_soon(self.run, b, over)
                    others.start_soon(self.collect, a)
                    others.start_soon(self.collect, c)
                    await over.wait()
                assert self.found == [[0, 1, 2, 3, 4]] * 2

    def check(self) -> None:
        self.account.settled()
        assert self.account.opened == 1 or not self.found
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
