"""``Stream.ticks``: every run counts its own time."""

from __future__ import annotations

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream


async def test_they_count_from_the_start_of_the_run(autojump_clock) -> None:
    ticks = Stream.ticks(2.0).take(3)
    seen: list[tuple[float, int]] = []

    async def run() -> None:
        await ticks.for_each(lambda tick: seen.append((trio.current_time(), tick)))

    await trio.sleep(3.25)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        await trio.sleep(0.5)
        nursery.start_soon(run)
    assert seen == [(3.25, 0), (3.75, 0), (5.25, 1), (5.75, 1), (7.25, 2), (7.75, 2)]


@given(pauses=st.lists(st.integers(0, 20), min_size=1, max_size=8), period=st.integers(1, 5))
def test_against_plain_python(pauses: list[int], period: int) -> None:
    """After each tick the consumer takes a pause, in quarters of a second; the next is the first not late."""
    expected = [(0.0, 0)]
    now = 0.0
    for pause in pauses:
        now += pause / 4
        tick = next(k for k in range(10_000) if k > expected[-1][1] and k * period / 2 >= now)
        now = tick * period / 2
        expected.append((now, tick))
    seen: list[tuple[float, int]] = []

    async def main() -> None:
        left = iter(pauses)

        async def pause(tick: int) -> None:
            seen.append((trio.current_time(), tick))
            await trio.sleep(next(left, 0) / 4)

        await Stream.ticks(period / 2).take(len(pauses) + 1).for_each(pause)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert seen == expected
