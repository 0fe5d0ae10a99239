"""`explore`: races, deadlocks and livelocks are found, told and replayed; their mended versions pass."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
import trio

from trio_patterns.testing import ExploreFailure, explore

Strategy = Literal["random", "pct", "exhaustive"]


def failure_of(program: Callable[[], Awaitable[object]], **options: Any) -> ExploreFailure:
    with pytest.raises(ExploreFailure) as info:
        explore(program, **options)
    return info.value


class Account:
    """Two deposits, which read and write with a checkpoint in between."""

    def __init__(self, lock: bool = False) -> None:
        self.balance = 0
        self.lock: trio.Lock | None = trio.Lock() if lock else None

    async def deposit(self, amount: int) -> None:
        balance = self.balance
        await trio.lowlevel.checkpoint()
        self.balance = balance + amount

    async def safe_deposit(self, amount: int) -> None:
        assert self.lock is not None
        async with self.lock:
            await self.deposit(amount)

    async def program(self) -> None:
        self.__init__(self.lock is not None)  # type: ignore[misc]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.deposit if self.lock is None else self.safe_deposit, 10)
            nursery.start_soon(self.deposit if self.lock is None else self.safe_deposit, 20)

    def right(self) -> bool:
        return self.balance == 30


@pytest.mark.parametrize("strategy", ["random", "pct", "exhaustive"])
@pytest.mark.parametrize("fair", [True, False])
def test_a_lost_update_is_found(strategy: Strategy, fair: bool) -> None:
    account = Account()
    failure = failure_of(account.program, check=account.right, strategy=strategy, fair=fair)
    assert failure.problem == "check() returned False"
    assert failure.graph is None
    assert [name for name, _ in failure.steps].count("deposit #1") == 2
    with pytest.raises(ExploreFailure) as again:
        explore(account.program, check=account.right, replay=failure.replay)
    assert again.value.replay == failure.replay
    assert again.value.steps == failure.steps
    assert again.value.report.schedules == 1


@pytest.mark.parametrize("fair", [True, False])
def test_a_lock_mends_it(fair: bool) -> None:
    account = Account(lock=True)
    report = explore(account.program, check=account.right, strategy="exhaustive", fair=fair, schedules=5000)
    assert report.complete
    assert report.schedules == report.distinct
    assert str(report).startswith(f"explored all {report.schedules} schedules; ")
    assert explore(account.program, check=account.right).schedules == 100
    assert not explore(account.program, check=account.right, strategy="pct").complete


@pytest.mark.parametrize(("tasks", "checkpoints"), [(1, 3), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1)])
@pytest.mark.parametrize("fair", [True, False])
def test_exhaustive_means_every_order_once(tasks: int, checkpoints: int, fair: bool) -> None:
    """A fair pass of k tasks has k! orders; free steps interleave in a multinomial number of ways."""
    seen: set[str] = set()
    now = ""

    async def step(name: str) -> None:
        nonlocal now
        now += name
        for _ in range(checkpoints):
            await trio.lowlevel.checkpoint()
            now += name

    async def program() -> None:
        nonlocal now
        now = ""
        async with trio.open_nursery() as nursery:
            for name in "abc"[:tasks]:
                nursery.start_soon(step, name)

    report = explore(program, check=lambda: seen.add(now), strategy="exhaustive", fair=fair, schedules=5000)
    steps = ["abc"[:tasks]] * (checkpoints + 1)
    if fair:
        orders = {"".join(order) for order in itertools.product(*map(_permutations, steps))}
    else:
        orders = _permutations("".join(steps))
    assert report.complete
    assert seen == orders
    assert report.schedules == len(orders)
    assert str(report).startswith(f"explored all {len(orders)} schedule")


def _permutations(text: str) -> set[str]:
    return {"".join(order) for order in itertools.permutations(text)}


def test_a_program_that_raises_or_leaves_something_behind() -> None:
    async def fails() -> None:
        raise KeyError("cherry")

    failure = failure_of(fails)
    assert failure.problem == "it raised KeyError('cherry')"
    assert isinstance(failure.__cause__, KeyError)
    assert str(failure).startswith("schedule 1 breaks it: it raised KeyError('cherry')\n")
    assert f"replay: explore(fails, replay={failure.replay!r})" in str(failure)

    async def leaks() -> None:
        trio.socket.socket()

    assert "unclosed <socket" in failure_of(leaks).problem


def test_a_livelock_is_found_in_few_runs() -> None:
    """Each gives way for as long as the other wants to go first."""

    async def polite(wants: list[bool], me: int) -> None:
        wants[me] = True
        await trio.lowlevel.checkpoint()
        while wants[1 - me]:
            await trio.lowlevel.checkpoint()
        wants[me] = False

    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        wants = [False, False]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(polite, wants, 0)
            nursery.start_soon(polite, wants, 1)

    failure = failure_of(program, max_steps=300)
    assert failure.problem.startswith("it does not end: it still takes steps, the last in ")
    assert failure.replay == "fair:0"
    assert "steps are left out)" in str(failure)
    assert runs < 20


def test_shrinking_a_long_order_takes_so_many_steps_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["trio_patterns.testing.explore"], "SHRINKING_STEPS", 0)
    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        async with trio.open_nursery() as nursery:
            for _ in range(2):
                nursery.start_soon(trio.lowlevel.checkpoint)
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        raise KeyError

    failure_of(program, seed=3)
    assert runs == 2


def test_a_program_that_is_not_the_same_every_time_is_reported_as_such() -> None:
    runs = itertools.count()

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.checkpoint)
            await trio.lowlevel.checkpoint()
        if next(runs) == 5:
            raise ValueError

    failure = failure_of(program)
    assert failure.problem == "it raised ValueError() (not again when the same order was repeated)"
    assert failure.report.schedules == 6

    runs = itertools.count(1)

    async def grows() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(1 + next(runs) % 3):
                nursery.start_soon(trio.lowlevel.checkpoint)

    assert not explore(grows, strategy="exhaustive").complete


@pytest.mark.parametrize("strategy", ["random", "pct", "exhaustive"])
def test_where_there_is_one_order_there_is_one_run(strategy: Any) -> None:
    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        await trio.sleep(1)

    report = explore(program, strategy=strategy)
    assert (runs, report.schedules, report.distinct, report.complete) == (1, 1, 1, True)
    assert str(report).startswith("explored all 1 schedule;")


@pytest.mark.parametrize("strategy", ["random", "pct"])
def test_a_run_without_a_choice_after_others_with_one_ends_nothing(strategy: Any) -> None:
    runs = itertools.count()

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(2 - next(runs) % 2):
                nursery.start_soon(trio.sleep, 1)

    report = explore(program, strategy=strategy, schedules=10)
    assert (report.schedules, report.complete) == (10, False)


def test_the_shortest_failing_order_is_shown() -> None:
    """Only one thing matters among many: the last task has to be first."""
    order: list[int] = []

    async def note(number: int) -> None:
        order.append(number)
        for _ in range(5):
            await trio.lowlevel.checkpoint()

    async def program() -> None:
        order.clear()
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(note, number)

    failure = failure_of(program, check=lambda: order[0] != 3)
    assert failure.replay == "fair:3"
    order.clear()
    explore(program, replay="fair:2")
    assert order == [2, 0, 1, 3]


def test_ctrl_c_ends_it() -> None:
    async def program() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await trio.lowlevel.checkpoint()

    with pytest.raises(KeyboardInterrupt):
        explore(program)


async def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"schedules": 0}, ValueError, "schedules must be an int >= 1, got 0"),
        ({"seed": -1}, ValueError, "seed must be an int >= 0, got -1"),
        (
            {"strategy": "lucky"},
            ValueError,
            "strategy must be 'random' or 'pct' or 'exhaustive', got 'lucky'",
        ),
        ({"depth": 0}, ValueError, "depth must be an int >= 1, got 0"),
        ({"max_steps": 0}, ValueError, "max_steps must be an int >= 1, got 0"),
        ({"check": nothing}, TypeError, "check must be a plain"),
        ({"replay": "fair"}, ValueError, "replay must be the text that an ExploreFailure gave.*got 'fair'"),
        ({"replay": 3}, TypeError, "replay must be the text that an ExploreFailure gave.*got 3"),
        ({"fair": "yes"}, TypeError, "fair must be True, False or None, got 'yes'"),
    ],
)
def test_bad_arguments_fail_at_the_call(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        explore(nothing, **options)


async def test_inside_trio_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"explore calls trio.run itself"):
        explore(nothing)
