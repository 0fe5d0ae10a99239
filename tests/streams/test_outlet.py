"""`Outlet`: several tasks push into one ``emit``, one at a time."""

from __future__ import annotations

from collections.abc import Coroutine

import pytest
import trio
import trio.testing

from trio_patterns.streams.engine import Answer, settle
from trio_patterns.streams.outlet import Outlet


class Below:
    """A step below that takes ``seconds`` an item and says "no more" at ``last``."""

    def __init__(self, seconds: float = 1.0, last: object = None, bad: object = None) -> None:
        self.seconds, self.last, self.bad = seconds, last, bad
        self.seen: list[tuple[object, float]] = []
        self.busy = False

    def emit(self, item: object) -> Answer:
        assert not self.busy, "one at a time"
        self.seen.append((item, trio.current_time()))
        if not self.seconds:
            return self._answer(item)
        return self._later(item)

    async def _later(self, item: object) -> bool:
        self.busy = True
        try:
            await trio.sleep(self.seconds)
            return self._answer(item)
        finally:
            self.busy = False

    def _answer(self, item: object) -> bool:
        if item == self.bad:
            raise ValueError(item)
        return item == self.last


async def push(outlet: Outlet[object], items: str, stopped: list[str]) -> None:
    for item in items:
        if await settle(outlet.emit(item)):
            stopped.append(items)
            return


async def push_all(outlet: Outlet[object], *all_items: str) -> list[str]:
    stopped: list[str] = []
    async with trio.open_nursery() as nursery:
        for items in all_items:
            nursery.start_soon(push, outlet, items, stopped)
            await trio.testing.wait_all_tasks_blocked()
    return sorted(stopped)


async def test_first_come_first_served(autojump_clock) -> None:
    below = Below()
    assert await push_all(Outlet(below.emit), "ad", "be", "cf") == []
    assert below.seen == [(item, float(i)) for i, item in enumerate("abcdef")]


async def test_after_no_more_nobody_gets_through(autojump_clock) -> None:
    below = Below(last="b")
    outlet = Outlet(below.emit)
    assert await push_all(outlet, "ax", "b", "c", "d") == ["ax", "b", "c", "d"]
    assert [item for item, _ in below.seen] == ["a", "b"]
    assert (outlet.done, outlet.failed) == (True, False)
    assert outlet.emit("e") is True


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["at once", "later"])
async def test_after_a_failure_nobody_gets_through(seconds: float, autojump_clock) -> None:
    below = Below(seconds, bad="a")
    outlet = Outlet(below.emit)
    stopped: list[str] = []

    async def fail() -> None:
        with pytest.raises(ValueError, match="a"):
            await push(outlet, "a", stopped)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(push, outlet, "b", stopped)
        nursery.start_soon(push, outlet, "c", stopped)
    assert sorted(stopped) == ["b", "c"]
    assert [item for item, _ in below.seen] == ["a"]
    assert (outlet.done, outlet.failed) == (False, True)


@pytest.mark.parametrize("quick", [True, False], ids=["at once", "later"])
async def test_a_failure_of_one_that_stood_in_line(quick: bool, autojump_clock) -> None:
    below = Below(bad="b")
    outlet = Outlet(below.emit)
    stopped: list[str] = []

    async def fail() -> None:
        with pytest.raises(ValueError, match="b"):
            await push(outlet, "b", stopped)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(push, outlet, "a", stopped)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(fail)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(push, outlet, "c", stopped)
        if quick:
            below.seconds = 0.0
    assert [item for item, _ in below.seen] == ["a", "b"]
    assert stopped == ["c"]


async def test_one_that_is_cancelled_in_line_leaves_the_line(autojump_clock) -> None:
    below = Below(2.0)
    outlet = Outlet(below.emit)
    stopped: list[str] = []

    async def impatient() -> None:
        with trio.move_on_after(1):
            await push(outlet, "b", stopped)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(push, outlet, "a", stopped)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(impatient)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(push, outlet, "c", stopped)
    assert below.seen == [("a", 0.0), ("c", 2.0)]
    await push(outlet, "d", stopped)
    assert below.seen[-1] == ("d", 4.0)


async def test_whoever_comes_when_the_turn_is_being_handed_over_stands_behind(autojump_clock) -> None:
    below = Below()
    outlet = Outlet(below.emit)
    stopped: list[str] = []

    async def twice() -> None:
        # Its second item comes in the very step in which the turn goes to the one in line.
        await push(outlet, "ac", stopped)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(twice)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(push, outlet, "b", stopped)
    assert [item for item, _ in below.seen] == ["a", "b", "c"]


async def test_an_answer_at_once_from_the_line_lets_the_next_one_in(autojump_clock) -> None:
    below = Below()
    outlet = Outlet(below.emit)

    async def quicken() -> None:
        await trio.sleep(0.5)
        below.seconds = 0.0

    async with trio.open_nursery() as nursery:
        nursery.start_soon(quicken)
        assert await push_all(outlet, "a", "b", "c") == []
    assert [item for item, _ in below.seen] == ["a", "b", "c"]
    assert trio.current_time() == 1.0


async def test_a_budget_does_not_hold_the_turn() -> None:
    """Who passes a checkpoint lets the others emit meanwhile: each of them would wait for its turn else."""
    below = Below(0.0)
    outlet = Outlet(below.emit, budget=2)
    assert not outlet.emit("a")
    pausing = outlet.emit("b")
    assert isinstance(pausing, Coroutine)
    pausing.send(None)  # it stands at its checkpoint
    assert not outlet.emit("c")
    pausing.close()
    assert [item for item, _ in below.seen] == ["a", "b", "c"]


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["at once", "later"])
async def test_a_budget_that_ends_with_the_last_item(seconds: float, autojump_clock) -> None:
    below = Below(seconds, last="b")
    outlet = Outlet(below.emit, budget=2)
    stopped: list[str] = []
    await push(outlet, "abc", stopped)
    assert stopped == ["abc"]
    assert outlet.done
    below = Below(seconds, bad="b")
    outlet = Outlet(below.emit, budget=2)
    with pytest.raises(ValueError, match="b"):
        await push(outlet, "abc", stopped)
    assert outlet.failed
    assert outlet.emit("d") is True


async def test_a_budget_says_no_more_if_all_is_over_meanwhile(autojump_clock) -> None:
    """Another task's item was the last one while this one passed its checkpoint."""
    below = Below(0.0, last="c")
    outlet = Outlet(below.emit, budget=1)
    stopped: list[str] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(push, outlet, "ad", stopped)
        nursery.start_soon(push, outlet, "c", stopped)
    assert sorted(stopped) == ["ad", "c"]
    assert [item for item, _ in below.seen] in (["a", "c"], ["c"])


async def test_no_more_said_at_once_to_one_who_stood_in_line_is_heard_by_those_behind(autojump_clock) -> None:
    seen: list[object] = []

    def emit(item: object) -> Answer:
        seen.append(item)
        return trio.sleep(1) if item == "a" else True  # type: ignore[return-value]

    outlet: Outlet[object] = Outlet(emit)
    assert await push_all(outlet, "a", "b", "c") == ["b", "c"]
    assert seen == ["a", "b"]
    assert outlet.done
    assert outlet.emit("d") is True


async def test_the_item_at_which_a_checkpoint_is_due_has_its_turn_alone_too(autojump_clock) -> None:
    below = Below(seconds=1)
    outlet: Outlet[object] = Outlet(below.emit, budget=1)
    assert await push_all(outlet, "a", "b") == []
    assert below.seen == [("a", 0), ("b", 1)]
