"""Proofs of `trio_patterns.streams`: a stream for each item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import trio

from tests.proof.flow import Flow
from tests.proof.proof import proves
from trio_patterns.streams import Stream, stream


@proves("Stream.flat_map")
class InnerStreamsOneByOne(Flow):
    """One inner stream is closed before the next is made."""

    n = 4

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.flat_map(self.inner)

    async def inner(self, item: int) -> AsyncIterator[int] | list[int]:
        await trio.lowlevel.checkpoint()
        assert self.account.opened - self.account.closed == 1, "only the source is open"
        return [item, item] if item % 2 else self.account.uneven(item)

    def model(self, items: list[int]) -> list[Any]:
        return [one for item in items for one in ([item, item] if item % 2 else range(item))]


@proves("Stream.flat_map")
class LimitsInInnerStreams(Flow):
    """One inner stream after the other keeps the order, though each has several calls at once."""

    n = 4
    limit = 2

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.flat_map(lambda item: stream([item, item + 10]).map(self.account.work, 2))

    def model(self, items: list[int]) -> list[Any]:
        return [one for item in items for one in (item, item + 10)]


@proves("Stream.flat_map")
class ListsAtOnce(Flow):
    """A function that makes lists is called for several items at once, and no item is lost."""

    opened = True
    ordered = False
    limit = 3

    async def pair(self, item: int) -> list[int]:
        return [int(await self.account.work(item)), item + 10]

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.flat_map(self.pair, 3)

    def model(self, items: list[int]) -> list[Any]:
        return [one for item in items for one in (item, item + 10)]


@proves("Stream.flat_map")
class InnerStreamsAtOnce(Flow):
    """Inner streams run side by side, never more than the limit, and each is closed."""

    n = 4
    ordered = False
    limit = 2

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.flat_map(lambda item: stream([item, item + 10]).map(self.account.work), 2)

    def model(self, items: list[int]) -> list[Any]:
        return [one for item in items for one in (item, item + 10)]
