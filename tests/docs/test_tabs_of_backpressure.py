"""What the tabs of the pages about backpressure define does what the pages say.

Both tabs, plain trio and the library, have to pass the same test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio

NamesOf = Callable[..., dict[str, Any]]
BOTH = ("plain trio", "trio_patterns")
both_tabs = pytest.mark.parametrize("tab", BOTH)


def elapsed_since(start: float) -> float:
    return round(trio.current_time() - start, 6)


@both_tabs
async def test_bounded_map(names_of: NamesOf, tab: str, autojump_clock: object):
    running = peak = 0

    async def fetch(number: int) -> str:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await trio.sleep(1)
        running -= 1
        return number * "x"

    found = await names_of("backpressure/bounded-map", tab)["sizes"](fetch, range(30))
    if tab == "trio_patterns":
        found, outcomes = found
        assert [result.unwrap() for result in outcomes] == [number * "x" for number in range(30)]
    assert found == [*range(30)]
    assert peak == 10


@both_tabs
async def test_worker_pool(names_of: NamesOf, tab: str, autojump_clock: object):
    saved: list[int] = []
    page = names_of("backpressure/worker-pool", tab)

    async def save(record: int) -> None:
        await trio.sleep(1)
        saved.append(record)

    assert await page["save_all"](save, range(6)) == []
    assert sorted(saved) == [*range(6)]
    if tab == "trio_patterns":
        assert await page["save_all"](save, range(20)) == [*range(6, 14)]


async def test_pool_simplified_returns_what_it_held(names_of: NamesOf, autojump_clock: object):
    pool = names_of("backpressure/worker-pool", "simplified")["SimplifiedPool"](2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pool.worker, trio.sleep)
        for job in (1, 60, 2):
            await pool.submit(job)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert (pool.returned, pool.queue) == ([60], [2])


@both_tabs
async def test_producer_and_consumer(names_of: NamesOf, tab: str, autojump_clock: object):
    measured, stored = 0, []

    async def measure() -> AsyncIterator[int]:
        nonlocal measured
        for reading in range(30):
            measured += 1
            yield reading

    async def store(reading: int) -> None:
        await trio.sleep(1)
        assert measured - len(stored) <= 3 + 5 + 1  # in hand, in the buffer, and one that waits
        stored.append(reading)

    await names_of("backpressure/producer-consumer", tab)["run"](measure, store)
    assert sorted(stored) == [*range(30)]


async def test_channel_simplified(names_of: NamesOf, autojump_clock: object):
    channel = names_of("backpressure/producer-consumer", "simplified")["SimplifiedChannel"](1)
    await channel.send("a")
    with trio.move_on_after(1) as full:
        await channel.send("b")
    assert full.cancelled_caught
    assert await channel.receive() == "a"


@pytest.mark.parametrize("part", ["plain trio", "simplified"])
async def test_rate_limiter(names_of: NamesOf, part: str, autojump_clock: object):
    page = names_of("backpressure/rate-limiter", part)
    limiter = page["Spaced"](0.25) if part == "plain trio" else page["SimplifiedLimiter"](4, burst=2)
    start, passed = trio.current_time(), []

    async def call() -> None:
        await limiter.acquire()
        passed.append(elapsed_since(start))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(call)
    assert passed == ([0.0, 0.25, 0.5, 0.75] if part == "plain trio" else [0.0, 0.0, 0.25, 0.5])


@pytest.mark.parametrize("part", ["plain trio", "simplified"])
async def test_overflow_channel(names_of: NamesOf, part: str, autojump_clock: object):
    page = names_of("backpressure/overflow-channel", part)
    channel = page["Latest"]() if part == "plain trio" else page["SimplifiedOverflow"](1)
    for number in range(5):
        channel.send_nowait(number)
    assert await channel.receive() == 4
    assert channel.dropped == 4
    with trio.move_on_after(1) as nothing:
        await channel.receive()
    assert nothing.cancelled_caught
