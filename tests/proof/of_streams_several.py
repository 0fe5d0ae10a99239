"""Proofs of `trio_patterns.streams`: one stream of several."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import trio

from tests.proof.flow import Flow
from tests.proof.proof import proves
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
    """From one tuple to the next one place changes, to the next item of that side."""

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
