"""Batches by size and age, against a cancel scope around each item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from math import inf

import trio

from trio_patterns.streams import stream

from ..model import Contender, Work, at_most, faster
from ..timed import Sizes, TimedCase

__all__ = ["CASES"]

SIZE = 100
WITHIN = 5.0
#: Of the channel that a sender fills as fast as it can.
BUFFER = 100

Batches = list[list[int]]


def _expected(n: int) -> Batches:
    return [list(range(start, min(start + SIZE, n))) for start in range(0, n, SIZE)]


async def _source(n: int) -> AsyncIterator[int]:
    for item in range(n):
        yield item


async def _own(n: int) -> Batches:
    return await stream(_source, n).chunks(SIZE, within=WITHIN).collect()


async def _by_hand(
    take: Callable[[], Awaitable[int]], end: type[Exception], *, absolute: bool = False
) -> Batches:
    """Wait for each item until the batch's deadline, which counts from its first item."""
    batches: Batches = []
    scope = trio.move_on_at if absolute else trio.move_on_after
    while True:
        batch: list[int] = []
        deadline = inf
        while len(batch) < SIZE:
            with scope(deadline if absolute else deadline - trio.current_time()) as waiting:
                try:
                    item = await take()
                except end:
                    return [*batches, batch] if batch else batches
            if waiting.cancelled_caught:
                break
            if not batch:
                deadline = trio.current_time() + WITHIN
            batch.append(item)
        batches.append(batch)


def _scope_per_item(*, absolute: bool) -> Work:
    async def run(n: int) -> Batches:
        return await _by_hand(_source(n).__anext__, StopAsyncIteration, absolute=absolute)

    return run


async def _send(n: int, channel: trio.MemorySendChannel[int]) -> None:
    with channel:
        for item in range(n):
            await channel.send(item)


async def _own_from_channel(n: int) -> Batches:
    batches: Batches = []
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](BUFFER)
        nursery.start_soon(_send, n, send)
        batches += await stream(receive).chunks(SIZE, within=WITHIN).collect()
    return batches


async def _scope_per_receive(n: int) -> Batches:
    batches: Batches = []
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](BUFFER)
        nursery.start_soon(_send, n, send)
        with receive:
            batches += await _by_hand(receive.receive, trio.EndOfChannel)
    return batches


async def _no_limit(n: int) -> Batches:
    batches: Batches = []
    batch: list[int] = []
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](BUFFER)
        nursery.start_soon(_send, n, send)
        with receive:
            async for item in receive:
                batch.append(item)
                if len(batch) == SIZE:
                    batches.append(batch)
                    batch = []
    return [*batches, batch] if batch else batches


OWN = "chunks(100, within=5)"
AFTER = "move_on_after around each item"
AT = "move_on_at around each item"
AFTER_CHANNEL = "move_on_after around each receive"
NO_LIMIT = "async for, no time limit"

FROM_SOURCE = TimedCase(
    slug="chunks",
    title="chunks(100, within=5) over a source that never suspends",
    contenders=(
        Contender(OWN, lambda: _own),
        Contender(AFTER, lambda: _scope_per_item(absolute=False)),
        Contender(AT, lambda: _scope_per_item(absolute=True)),
    ),
    targets=(
        faster(
            "chunks(100, within=5) over a source that never suspends, against one cancel scope per item",
            OWN,
            AFTER,
            18,
            27,
        ),
        faster("... against one cancel scope per item with an absolute deadline (move_on_at)", OWN, AT),
    ),
    sizes=Sizes(full=20_000, quick=5_000),
    expected=_expected,
)

FROM_CHANNEL = TimedCase(
    slug="chunks-channel",
    title="chunks(100, within=5) from a full trio channel",
    contenders=(
        Contender(OWN, lambda: _own_from_channel),
        Contender(AFTER_CHANNEL, lambda: _scope_per_receive),
        Contender(NO_LIMIT, lambda: _no_limit),
    ),
    targets=(
        faster(
            "chunks(100, within=5) from a full trio channel, against move_on_after around each receive",
            OWN,
            AFTER_CHANNEL,
            1.8,
            goal_like=NO_LIMIT,
            goal_text="all the way the sender allows",
        ),
        at_most("... against async for on the channel, with no time limit", OWN, NO_LIMIT),
    ),
    sizes=Sizes(full=20_000, quick=5_000),
    expected=_expected,
)

CASES = (FROM_SOURCE, FROM_CHANNEL)
