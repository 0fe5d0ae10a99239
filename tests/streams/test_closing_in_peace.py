"""When nothing more is wanted, a deadline or a token for the next item no longer matters."""

from __future__ import annotations

import pytest
import trio

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import stream


async def slowly(item: int) -> int:
    await trio.sleep(1)
    return item


async def test_a_timeout_does_not_count_the_closing_of_the_source(tap, autojump_clock) -> None:
    guarded = stream(tap.source(closing=5.0)).timeout(2.0)
    assert await guarded.take(1).collect() == [0]
    assert tap.closed_at == [5.0]
    assert await guarded.map(slowly).take(1).collect() == [0]
    assert tap.closed_at == [5.0, 11.0]


async def test_a_timeout_does_not_count_it_behind_a_failure_as_a_value(tap, autojump_clock) -> None:
    guarded = stream(tap.source(closing=5.0)).map(lambda item: 1 // item).timeout(2.0)
    assert isinstance((await guarded.outcomes().first()).error, ZeroDivisionError)  # type: ignore[union-attr]
    assert tap.closed_at == [5.0]


async def test_a_token_does_not_interrupt_the_closing_of_the_source(tap, autojump_clock) -> None:
    for step, end in ((lambda item: item, 5.0), (slowly, 11.0)):
        token = CancellationToken()
        async with trio.open_nursery() as nursery:
            closing = stream(tap.source(closing=5.0)).take_until(token).map(step)
            nursery.start_soon(closing.first)
            await trio.sleep(3)
            token.cancel()
        assert tap.closed_at[-1] == end


async def fail_slowly(item: int) -> None:
    await trio.sleep(1)
    raise KeyError("below")


def fail(item: int) -> None:
    raise KeyError("below")


@pytest.mark.parametrize("failing", [fail, fail_slowly])
async def test_a_failure_below_is_not_lost_to_them_while_the_source_closes(
    failing, tap, autojump_clock
) -> None:
    """The deadline or the token would cancel the closing, and the cancellation replace the failure."""
    with pytest.raises(KeyError, match="below"):
        await stream(tap.source(closing=5.0)).timeout(2.0).for_each(failing)
    token = CancellationToken()
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            with pytest.raises(KeyError, match="below"):
                await stream(tap.source(closing=5.0)).take_until(token).for_each(failing)

        nursery.start_soon(run)
        await trio.sleep(3)
        token.cancel()
    assert tap.closed_at in ([5.0, 10.0], [6.0, 12.0])


async def test_a_second_failure_does_not_interrupt_the_closing_of_the_source(tap, autojump_clock) -> None:
    """The one that stands earlier in order comes later in time; it is the one that is raised."""

    async def fail_backwards(item: int) -> None:
        await trio.sleep(1.5 - item / 2)
        raise KeyError(item)

    with pytest.raises(KeyError, match="0"):
        await stream(tap.source(closing=5.0)).map(fail_backwards, 2).drain()
    assert tap.closed_at == [6.0]
