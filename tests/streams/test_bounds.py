"""How far a stream runs ahead, measured: calls at once, items pulled, items that lie ready."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.streams import Stream, stream

LIMITS = [1, 2, 10, 100]


@dataclass
class Counts:
    """What was pulled, started, running and taken, and the widest gaps between these."""

    pulled: int = 0
    started: int = 0
    running: int = 0
    taken: int = 0
    most_running: int = 0
    most_waiting: int = 0
    most_ahead: int = 0

    def source(self, fed: bool, n: int) -> Stream[int]:
        return stream(self._agen(n)) if fed else stream(self._plain(n))

    def _plain(self, n: int) -> Iterator[int]:
        for item in range(n):
            self.pulled += 1
            self.most_waiting = max(self.most_waiting, self.pulled - self.started - 1)
            self.most_ahead = max(self.most_ahead, self.pulled - self.taken)
            yield item

    async def _agen(self, n: int) -> AsyncIterator[int]:
        for item in self._plain(n):
            yield item

    async def call(self, item: int) -> int:
        self.started += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        for _ in range(item % 4):
            await trio.lowlevel.checkpoint()
        if item % 7 == 0:
            await trio.sleep(0.1)
        self.running -= 1
        return item


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("pace", ["quick", "slow", "stops"])
async def test_map_ahead_of_a_consumer(
    fed: bool, ordered: bool, limit: int, pace: str, autojump_clock
) -> None:
    counts = Counts()
    n = 12 * limit
    async with counts.source(fed, n).map(counts.call, limit, ordered=ordered).open() as items:
        async for _ in items:
            counts.taken += 1
            if pace == "slow":
                await trio.sleep(0.05)
            if pace == "stops" and counts.taken % (3 * limit) == 1:
                await trio.sleep(50)
    assert (counts.taken, counts.started) == (n, n)
    assert counts.most_running <= limit
    assert counts.most_waiting <= limit
    # Twice the limit ready for the consumer and one with the producer; twice the limit in flight or out of
    # order; the limit pulled and not started.
    assert counts.most_ahead <= (5 * limit + 2 if limit > 1 else 4)


@pytest.mark.parametrize("limit", [2, 10, 100])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
async def test_results_in_flight_or_out_of_order(
    fed: bool, ordered: bool, limit: int, autojump_clock
) -> None:
    """Nobody takes anything: it ends when all room is used up."""
    counts = Counts()
    seen: list[int] = []

    async def stuck(item: int) -> None:
        seen.append(item)
        await trio.sleep(1000)

    with trio.move_on_after(900):
        await counts.source(fed, 10_000).map(counts.call, limit, ordered=ordered).for_each(stuck)
    assert len(seen) == 1
    assert counts.started <= 2 * limit
    assert counts.pulled <= 3 * limit
    assert counts.pulled - counts.started <= limit


@pytest.mark.parametrize("n", [0, 1, 2, 10, 100])
async def test_what_lies_in_a_buffer(n: int, autojump_clock) -> None:
    counts = Counts()
    async with counts.source(True, 5 * n + 20).buffer(n).open() as items:
        async for item in items:
            assert item == counts.taken
            counts.taken += 1
            if item % (n + 3) == 0:
                await trio.sleep(1)
    assert counts.taken == 5 * n + 20
    assert counts.most_ahead <= n + 1 + 3, "n in the buffer, one at each side of it, one lies ready"


@pytest.mark.parametrize("limit", [2, 10])
async def test_inner_streams_are_held_back_too(limit: int, autojump_clock) -> None:
    pulled = 0

    def inner(_: int) -> Iterator[int]:
        nonlocal pulled
        for item in range(1000):
            pulled += 1
            yield item

    taken = 0
    async with stream(range(1000)).flat_map(inner, limit).open() as items:
        async for _ in items:
            taken += 1
            if taken % 100 == 0:
                await trio.sleep(1)
                assert pulled - taken <= 3 * limit + 1, "one of each inner stream, and what lies ready"
            if taken == 2000:
                break


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("ordered", [True, False])
async def test_tokens_that_others_hold_bound_what_is_pulled(fed: bool, ordered: bool) -> None:
    """What stands before the limiter and what is queued behind it count together: none of it is started."""
    limiter = trio.CapacityLimiter(5)
    counts = Counts()
    others = [object() for _ in range(5)]
    for other in others:
        limiter.acquire_on_behalf_of_nowait(other)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(counts.source(fed, 100).map(counts.call, limiter, ordered=ordered).drain)
        await trio.testing.wait_all_tasks_blocked()
        assert counts.started == 0
        assert counts.pulled == 5
        for other in others:
            limiter.release_on_behalf_of(other)
    assert counts.started == 100


async def test_an_abandoned_buffer_takes_nothing(tap, autojump_clock) -> None:
    """The source hands over what it has in hand when it can't be interrupted; then it ends."""
    pulled: list[int] = []

    async def stubborn() -> AsyncIterator[int]:
        for item in range(9):
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            pulled.append(item)
            yield item

    for overflow in ("drop_oldest", "wait"):
        pulled.clear()
        assert await stream(stubborn).buffer(2, overflow).take(2).collect() == [0, 1]  # type: ignore[arg-type]
        assert pulled == [0, 1, 2]


async def test_what_lay_ready_is_gone_after_the_block(autojump_clock) -> None:
    async with stream(range(99)).map(lambda x: x, limit=4).open() as items:
        assert await anext(items) == 0
        await trio.sleep(1)
    with pytest.raises(trio.ClosedResourceError):
        await anext(items)


async def test_at_the_end_each_call_is_a_checkpoint_too() -> None:
    async with stream([1]).open() as items:
        assert await anext(items) == 1
        for _ in range(2):
            # An exception that left this block would be enough for it.
            with trio.testing.assert_checkpoints():
                assert await anext(items, None) is None


AHEAD: dict[str, tuple[Any, int]] = {
    "throttle": (lambda items: items.throttle(1000.0, burst=100), 0),
    "debounce": (lambda items: items.debounce(0.5), 0),
    "sample": (lambda items: items.sample(0.5), 0),
    "chunks": (lambda items: items.chunks(1), 0),
    "chunks within": (lambda items: items.chunks(1, within=1), 0),
    "buffer": (lambda items: items.buffer(3), 0),
    "zip": (lambda items: items.zip(range(1000)), 0),
    "zip_latest": (lambda items: items.zip_latest([0]), 0),
    "filter": (lambda items: items.filter(lambda _: True), 10),
    "map": (lambda items: items.map(a_step, 5), 5),
    "map, unordered": (lambda items: items.map(a_step, 5, ordered=False), 5),
    "flat_map": (lambda items: items.flat_map(lambda item: [item], 5), 5),
}


async def a_step(item: int) -> int:
    await trio.lowlevel.checkpoint()
    return item


@pytest.mark.parametrize("name", AHEAD)
async def test_what_lies_ready_for_a_consumer_behind(name: str, tap, autojump_clock) -> None:
    """One item, or as many as the last step with a limit handles at once; not those of a step before it."""
    operator, ahead = AHEAD[name]
    seen: list[object] = []
    described = operator(stream(tap.source(100, gap=1.0)).map(a_step, 10)).on_each(seen.append)
    async with described.open() as items:
        await anext(items)
        await trio.sleep(1000)
        assert len(seen) - 1 == ahead + 1


async def test_one_item_lies_ready_where_nothing_runs_at_the_same_time(tap, autojump_clock) -> None:
    seen: list[int] = []
    async with stream(tap.source(100, gap=1.0)).on_each(seen.append).open() as items:
        await anext(items)
        await trio.sleep(1000)
        assert seen == [0, 1]


@pytest.mark.parametrize("kind", ["broadcast", "yes", "no"])
async def test_what_lies_ready_behind_a_side(kind: str, tap, autojump_clock) -> None:
    seen: list[int] = []
    described = stream(tap.source(100, gap=1.0)).map(a_step, 10)
    splitter: Any = (
        described.broadcast(1) if kind == "broadcast" else described.partition(lambda _: kind == "yes")
    )
    async with splitter as sides, trio.open_nursery() as nursery:
        for other in sides[: len(sides) - 1] if kind == "no" else sides[1:]:
            nursery.start_soon(other.drain)
        side = sides[-1] if kind == "no" else sides[0]
        async with side.on_each(seen.append).open() as items:
            await anext(items)
            await trio.sleep(1000)
            assert len(seen) - 1 == 1


async def _ten_then_a_long_wait() -> AsyncIterator[int]:
    for item in range(10):
        yield item
    await trio.sleep(1000)


@pytest.mark.parametrize(
    "operator",
    [
        lambda items, fn: items.map(fn, 2),
        lambda items, fn: items.map(fn, 2, ordered=False),
        lambda items, fn: items.flat_map(lambda item: stream([item]).map(fn), 2),
        lambda items, fn: items.buffer(1).map(fn),
    ],
    ids=["map", "map, unordered", "flat_map", "buffer"],
)
async def test_a_source_that_has_waited_for_room_is_interrupted_in_a_later_wait(
    operator: Any, gauge, autojump_clock
) -> None:
    fn = gauge.watch(lambda _: 1.0)
    assert len(await operator(stream(_ten_then_a_long_wait), fn).take(10).collect()) == 10
    assert trio.current_time() <= 10


async def test_so_it_is_with_an_opened_stream(autojump_clock) -> None:
    async with stream(_ten_then_a_long_wait).open() as items:
        for _ in range(10):
            await trio.sleep(1)
            await anext(items)
        await trio.sleep(1)
    assert trio.current_time() == 11
