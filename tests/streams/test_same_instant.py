"""Calls that end at the same instant: whichever task runs first, nothing starts once the end is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio
import trio._core._run as trio_run
import trio.lowlevel
import trio.testing

from trio_patterns.streams import stream

SEEDS = range(12)

STEPS = {
    "map": lambda s, fn: s.map(fn, limit=3),
    "map unordered": lambda s, fn: s.map(fn, limit=3, ordered=False),
    "flat_map": lambda s, fn: s.flat_map(fn, limit=3),
    "map, a limiter": lambda s, fn: s.map(fn, limit=trio.CapacityLimiter(3)),
}


def in_each_order(main: Callable[[], Awaitable[None]]) -> None:
    """Run ``main`` with several orders of the tasks that trio wakes together."""
    for seed in SEEDS:
        trio_run._r.seed(seed)
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def source(fed: bool, n: int = 50):
    async def agen():
        for i in range(n):
            yield i

    return stream(agen) if fed else stream(range(n))


async def at_one(event: trio.Event) -> None:
    await trio.sleep(1)
    event.set()


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize("end", ["fn fails", "below fails", "below has enough"])
@pytest.mark.parametrize("step", STEPS)
def test_no_call_starts_once_the_end_is_known(step: str, end: str, fed: bool) -> None:
    async def main() -> None:
        known = False
        started_late: list[int] = []
        event = trio.Event()

        async def fn(item: int) -> list[int]:
            nonlocal known
            if known:
                started_late.append(item)
            await event.wait()
            if end == "fn fails" and item == 1:
                known = True
                raise ValueError(item)
            return [item]

        def below(_: object) -> bool:
            nonlocal known
            known = known or end != "fn fails"
            if end == "below fails":
                raise ValueError("below")
            return end == "fn fails"

        async with trio.open_nursery() as nursery:
            nursery.start_soon(at_one, event)
            try:
                await STEPS[step](source(fed), fn).take_while(below).drain()
            except ValueError:
                assert end != "below has enough"
            else:
                assert end == "below has enough"
        assert known
        assert started_late == []

    in_each_order(main)


def test_unordered_what_stands_below_starts_nothing_either() -> None:
    async def main() -> None:
        known = False
        event = trio.Event()

        async def fn(item: int) -> int:
            nonlocal known
            await event.wait()
            if item == 1:
                known = True
                raise ValueError(item)
            return item

        async with trio.open_nursery() as nursery:
            nursery.start_soon(at_one, event)
            with pytest.raises(ValueError, match="1"):
                await stream(range(9)).map(fn, 3, ordered=False).for_each(lambda _: _assert(not known))

    in_each_order(main)


def _assert(true: bool) -> None:
    assert true


@pytest.mark.parametrize("slow", [None, 0, 1], ids=["none", "the first", "one that lay ready"])
def test_unordered_a_failure_while_a_result_is_with_the_steps_below(slow: int | None) -> None:
    """The task that emits has been woken in the same round in which another one fails."""

    async def main() -> None:
        event, emitted, known = trio.Event(), [], False

        async def fn(item: int) -> int:
            nonlocal known
            if item == 2:
                await event.wait()
                known = True
                raise ValueError(item)
            return item

        async def below(item: int) -> None:
            assert not known
            emitted.append(item)
            await trio.lowlevel.checkpoint()
            if len(emitted) - 1 == slow:
                await event.wait()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(at_one, event)
            with pytest.raises(ValueError, match="2"):
                await stream(range(5)).map(fn, 3, ordered=False).for_each(below)

    in_each_order(main)


@pytest.mark.parametrize("step", STEPS)
def test_a_source_that_would_fail_again_is_not_asked_again(step: str) -> None:
    class Failing(Iterator[int]):
        asked = 0

        def __next__(self) -> int:
            self.asked += 1
            if self.asked > 3:
                raise KeyError(self.asked)
            return self.asked

    async def main() -> None:
        event = trio.Event()

        async def fn(item: int) -> list[int]:
            await event.wait()
            return [item]

        async with trio.open_nursery() as nursery:
            nursery.start_soon(at_one, event)
            with pytest.raises(KeyError, match="4"):
                await STEPS[step](stream(Failing()), fn).drain()

    in_each_order(main)


@pytest.mark.parametrize("ordered", [True, False])
def test_unordered_a_failing_source_starts_none_of_what_is_queued(ordered: bool) -> None:
    async def main() -> None:
        event, known, late = trio.Event(), False, []

        async def failing():
            nonlocal known
            for item in range(4):
                yield item
            await event.wait()
            known = True
            raise KeyError("source")

        async def fn(item: int) -> int:
            if known:
                late.append(item)
            await event.wait()
            return item

        async with trio.open_nursery() as nursery:
            nursery.start_soon(at_one, event)
            with pytest.raises(KeyError, match="source"):
                await stream(failing).map(fn, 2, ordered=ordered).drain()
        assert ordered or not late, "in order, what came before the failure is still handled"

    in_each_order(main)


def test_a_failure_below_an_earlier_item_counts_before_a_later_failure() -> None:
    """Item 0 is alone when it starts; item 1 fails while it runs; then what takes item 0 fails."""

    async def main() -> None:
        async def numbers():
            yield 0
            await trio.sleep(1)
            yield 1

        async def fn(item: int) -> int:
            await trio.sleep(0 if item else 3)
            if item:
                raise ValueError("item 1")
            return item

        def below(item: int) -> None:
            raise KeyError("below")

        with pytest.raises(KeyError, match="below"):
            await stream(numbers).map(fn, limit=2).for_each(below)
        assert trio.current_time() == 3.0

    in_each_order(main)
