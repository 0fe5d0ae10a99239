"""The strategies: which orders they try, and how often they find a bug of a certain kind."""

from __future__ import annotations

import itertools

import pytest
import trio

from trio_patterns.testing import ExploreFailure, explore
from trio_patterns.testing.schedules import Schedule
from trio_patterns.testing.strategies import Exhaustive, PriorityBased, Random, Replayed, follow


class Orders:
    """Notes in which order ``n`` tasks take ``steps`` steps."""

    def __init__(self, n: int = 3, steps: int = 2) -> None:
        self.n, self.steps = n, steps
        self.seen: list[str] = []

    async def step(self, name: str) -> None:
        for number in range(self.steps):
            if number:
                await trio.lowlevel.checkpoint()
            self.seen[-1] += name

    async def program(self) -> None:
        self.seen.append("")
        async with trio.open_nursery() as nursery:
            for name in "abcdef"[: self.n]:
                nursery.start_soon(self.step, name)


@pytest.mark.parametrize("strategy", ["random", "pct"])
def test_the_same_seed_tries_the_same_orders(strategy: str) -> None:
    tried = []
    for seed in (0, 0, 1):
        orders = Orders()
        report = explore(orders.program, schedules=30, seed=seed, strategy=strategy)  # type: ignore[arg-type]
        assert (report.schedules, report.seed, report.strategy) == (30, seed, strategy)
        assert report.distinct == len(set(orders.seen))
        assert f"explored 30 schedules ({strategy}, seed {seed}), {report.distinct} different; " in str(
            report
        )
        tried.append(orders.seen)
    assert tried[0] == tried[1] != tried[2]


def test_random_reaches_all_orders_of_a_small_program() -> None:
    orders = Orders()
    assert explore(orders.program, schedules=400).distinct == 36


def test_fair_passes_and_free_steps() -> None:
    """A fair pass has each task once; a free task may run on while the others wait."""
    orders = Orders()
    explore(orders.program, schedules=200)
    assert all(sorted(seen[:3]) == ["a", "b", "c"] for seen in orders.seen)
    orders = Orders()
    explore(orders.program, schedules=200, fair=False)
    assert "aabbcc" in orders.seen
    assert len(set(orders.seen)) > 36
    explore(orders.program, replay="fair:0")
    assert orders.seen[-1] == "abcabc"
    explore(orders.program, replay="free:0")
    assert orders.seen[-1] == "aabbcc"


def test_pct_runs_the_task_of_the_highest_priority_and_lowers_it_at_few_steps() -> None:
    """Without a change (``depth=1``) each task runs to its end; with one, a single task is interrupted."""
    orders = Orders(n=3, steps=4)
    explore(orders.program, strategy="pct", depth=1)
    assert set(orders.seen) == {"".join(c * 4 for c in p) for p in ("abc", "acb", "bac", "bca", "cab", "cba")}
    orders = Orders(n=3, steps=4)
    explore(orders.program, strategy="pct", depth=2, schedules=200)
    blocks = [1 + sum(one != other for one, other in itertools.pairwise(seen)) for seen in orders.seen]
    assert set(blocks) == {3, 4}


def test_pct_finds_what_random_hardly_finds() -> None:
    """One task has to take all its 20 steps while the three others stand at their first."""
    finished: list[int] = []
    started: list[int] = []

    async def run(number: int) -> None:
        started.append(number)
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        finished.append(len(started))

    async def program() -> None:
        started.clear()
        finished.clear()
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(run, number)

    explore(program, check=lambda: finished[0] != 1, strategy="random", fair=False)
    with pytest.raises(ExploreFailure):
        explore(program, check=lambda: finished[0] != 1, strategy="pct")


def test_random_gives_each_run_its_own_picks() -> None:
    strategy = Random(3)
    first, second = strategy.next_pick(), strategy.next_pick()
    assert first is not None and second is not None
    tasks = [None] * 10
    assert [first(tasks) for _ in range(9)] != [second(tasks) for _ in range(9)]  # type: ignore[arg-type]
    again = Random(3).next_pick()
    assert again is not None
    assert [again(tasks) for _ in range(9)] != [again(tasks) for _ in range(9)]  # type: ignore[arg-type]


def test_a_replay_is_one_run() -> None:
    strategy = Replayed([1])
    assert strategy.next_pick() is not None
    assert strategy.next_pick() is None


def test_a_list_of_picks_is_followed_and_then_the_oldest_goes_first() -> None:
    pick = follow([1, 7])
    assert [pick([None] * 3) for _ in range(4)] == [1, 2, 0, 0]  # type: ignore[list-item]


def test_exhaustive_goes_depth_first() -> None:
    strategy = Exhaustive()
    made: list[list[int]] = []
    options = [2, 1, 3]
    while (pick := strategy.next_pick()) is not None:
        schedule = Schedule(pick, fair=True)
        for count in options:
            schedule._choose([None] * count)  # type: ignore[list-item]
        made.append(schedule.picks)
        strategy.learn(schedule, 9)
    assert made == [[0, 0, 0], [0, 0, 1], [0, 0, 2], [1, 0, 0], [1, 0, 1], [1, 0, 2]]
    assert strategy.complete


def test_pct_learns_how_long_a_run_is() -> None:
    strategy = PriorityBased(0, 3)
    schedule = Schedule(strategy.next_pick(), fair=False)
    schedule.picks.extend([0] * 50)
    strategy.learn(schedule, 99)
    assert strategy._steps == 50


@pytest.mark.parametrize("fair", [True, False])
def test_a_task_that_only_yields_does_not_keep_the_others_waiting_for_ever(fair: bool) -> None:
    done = False

    async def wait_busily() -> None:
        while not done:
            await trio.lowlevel.checkpoint()

    async def finish() -> None:
        nonlocal done
        done = True

    async def program() -> None:
        nonlocal done
        done = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_busily)
            nursery.start_soon(finish)

    explore(program, replay="free:0" if not fair else "fair:0", max_steps=2000)
    explore(program, fair=fair, strategy="pct", schedules=10, max_steps=2000)
