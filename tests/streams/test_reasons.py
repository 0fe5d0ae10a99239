"""A source whose wait is cancelled by an operator is told why: what a traceback or a log then shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trio
import trio.testing

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream


class Waiting:
    """One item, then a wait that notes the reason for its end."""

    reason: str | None = "not cancelled"

    async def items(self) -> AsyncIterator[int]:
        yield 0
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            self.reason = exc.reason
            raise


async def leave_open(items: Stream[int]) -> None:
    async with items.open() as opened:
        assert await anext(opened) == 0
        await trio.testing.wait_all_tasks_blocked()


async def leave_both_sides(items: Stream[int]) -> None:
    async with items.broadcast(2, 1) as (a, b):
        assert await a.first() == 0
        await trio.testing.wait_all_tasks_blocked()
        assert await b.first() == 0


async def leave_the_block(items: Stream[int]) -> None:
    async with items.broadcast(2, 1) as (a, _):
        assert await a.first() == 0
        await trio.testing.wait_all_tasks_blocked()


async def cancel_the_token(items: Stream[int]) -> None:
    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(items.take_until(token).drain)
        await trio.testing.wait_all_tasks_blocked()
        token.cancel("the token was cancelled")


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (lambda items: items.buffer(1).first(), "nothing more is wanted"),
        (lambda items: items.merge([1]).skip(1).first(), "nothing more is wanted"),
        (lambda items: items.debounce(1).first(), "nothing more is wanted"),
        (lambda items: items.sample(1).first(), "nothing more is wanted"),
        (leave_open, "the block that opened the stream has ended"),
        (leave_both_sides, "no side wants more items"),
        (leave_the_block, "the block that split the stream has ended"),
        (cancel_the_token, "the token was cancelled"),
    ],
)
async def test_it_is_told_why(
    stop: Callable[[Stream[int]], Awaitable[object]], reason: str, autojump_clock
) -> None:
    waiting = Waiting()
    await stop(stream(waiting.items))
    assert waiting.reason == reason
