"""Proofs of `trio_patterns.streams`: enough has come, and the source would never give another item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import trio

from tests.proof.flow import FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


class Silent(Proof):
    """Base of them: sources that fall silent after two items. To wait for one of them is a standstill."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.results: list[Any] = []

    async def silent(self) -> AsyncIterator[int]:
        self.account.opened += 1
        try:
            yield 0
            await trio.lowlevel.checkpoint()
            yield 1
            await trio.sleep_forever()
        finally:
            self.account.closed += 1

    def source(self) -> Stream[int]:
        return stream(self.silent)

    def note(self, result: Any) -> None:
        """Keep a result; by then all must be closed."""
        self.account.settled()
        self.results.append(result)

    def check(self) -> None:
        self.account.settled()


@proves("Stream.take", "Stream.first", "Stream.map", "Stream.buffer")
class EnoughOfASilentSource(Silent):
    """What has enough interrupts the wait of the source, through any step in between."""

    async def program(self) -> None:
        self.note(await self.source().map(self.account.work, 3).take(2).collect())
        self.note(sorted(await self.source().map(self.account.work, 3, ordered=False).take(2).collect()))
        self.note(await self.source().buffer(3).take(2).collect())
        self.note(await self.source().buffer(1, "drop_newest").first())

    def whole(self) -> None:
        assert self.results == [[0, 1], [0, 1], [0, 1], 0]


@proves("Stream.merge", "Stream.zip", "Stream.zip_latest", "Stream.flat_map")
class EnoughOfSilentSources(Silent):
    """The same through steps that have several sources."""

    async def program(self) -> None:
        self.note(sorted(await self.source().merge(self.source()).take(4).collect()))
        self.note(await self.source().zip(self.source(), [7, 8]).take(2).collect())
        self.note(await self.source().zip([7]).take(1).collect())
        self.note(len(await self.source().zip_latest(self.source()).take(2).collect()))
        self.note(sorted(await stream(range(2)).flat_map(lambda _: self.source(), 2).take(4).collect()))

    def whole(self) -> None:
        assert self.results == [[0, 0, 1, 1], [(0, 0, 7), (1, 1, 8)], [(0, 7)], 2, [0, 0, 1, 1]]


@proves("Stream.chunks", "Stream.debounce", "Stream.sample", "Stream.throttle")
class EnoughInTime(Silent):
    """The same through steps that emit by the time."""

    async def program(self) -> None:
        self.note(await self.source().chunks(9, within=2).first())
        self.note(await self.source().debounce(1).first())
        self.note(await self.source().sample(2).first())
        self.note(await self.source().throttle(1).take(2).collect())

    def whole(self) -> None:
        assert self.results == [[0, 1], 1, 1, [0, 1]]


@proves("Stream.open")
class BlockLeftBesideASilentSource(Silent):
    """A block that is left stops a source that will not come to its next item by itself."""

    async def program(self) -> None:
        for steps in (lambda s: s, lambda s: s.map(self.account.work, 2), lambda s: s.buffer(2)):
            async with steps(self.source()).open() as items:
                first = await anext(items)
                await trio.sleep(2)
            self.note(first)

    def whole(self) -> None:
        assert self.results == [0, 0, 0]


@proves("Stream.broadcast", "Stream.partition")
class AllSidesHaveEnough(Silent):
    """When no side wants more, the source is stopped and closed, though the block goes on."""

    async def program(self) -> None:
        async with self.source().broadcast(2) as (a, b), trio.open_nursery() as nursery:
            nursery.start_soon(a.take(1).drain)
            await b.take(2).drain()
            await trio.sleep(1)
            self.note("broadcast")
        async with self.source().partition(bool) as (a, b), trio.open_nursery() as nursery:
            nursery.start_soon(a.take(1).drain)
            await b.take(1).drain()
            await trio.sleep(1)
            self.note("partition")

    def whole(self) -> None:
        assert self.results == ["broadcast", "partition"]


@proves("Stream.take_until")
class StoppedWhileSilent(Silent):
    """The token interrupts the wait of the source, through whatever steps the stop comes down."""

    async def program(self) -> None:
        token = CancellationToken()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.stopped, token)
            await trio.sleep(5)
            token.cancel()

    async def stopped(self, token: CancellationToken) -> None:
        with trio.move_on_after(9):  # for the run in which nobody stops it
            batches = self.source().take_until(token).map(self.account.work, 2).chunks(3, within=20)
            await batches.for_each(self.account.seen.append)
            assert token.cancelled
            assert self.account.seen in ([], [[0]], [[0, 1]])
            self.note("ended")

    def whole(self) -> None:
        assert self.account.seen == [[0, 1]]
