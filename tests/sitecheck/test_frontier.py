"""The frontier: each URL once, and an end that is neither too early nor too late."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints, wait_all_tasks_blocked

from examples.sitecheck.frontier import Frontier, Job


async def test_every_url_comes_once_in_the_order_in_which_it_was_added() -> None:
    frontier = Frontier()
    frontier.add("old")
    for url in ("b", "a", "b", "old"):
        frontier.add(url, 3)
    assert [await frontier.take() for _ in range(3)] == [Job("old"), Job("b", 3), Job("a", 3)]
    assert (frontier.known, frontier.finished) == (3, 0)


async def test_what_an_earlier_run_has_checked_does_not_come() -> None:
    frontier = Frontier()
    frontier.add_finished("a")
    frontier.add("a")
    with assert_checkpoints():
        assert await frontier.take() is None
    assert (frontier.known, frontier.finished) == (1, 1)


async def test_the_end_waits_for_what_is_in_flight(autojump_clock: MockClock) -> None:
    frontier = Frontier()
    frontier.add("a")
    job = await frontier.take()
    assert job is not None
    taken: list[Job | None] = []

    async def take_two() -> None:
        taken.append(await frontier.take())
        if taken[0]:
            frontier.finish(taken[0])
        taken.append(await frontier.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take_two)
        await wait_all_tasks_blocked()
        assert taken == []
        frontier.add("b")
        await wait_all_tasks_blocked()
        assert taken == [Job("b")]
        frontier.finish(job)
    assert taken == [Job("b"), None]
    assert frontier.finished == 2


async def test_a_job_given_back_comes_again_and_first() -> None:
    frontier = Frontier()
    frontier.add("a")
    frontier.add("b")
    job = await frontier.take()
    assert job is not None
    frontier.give_back(job)
    assert await frontier.take() == Job("a")
    assert (frontier.known, frontier.finished) == (2, 0)


async def test_a_cancelled_take_loses_no_job() -> None:
    frontier = Frontier()
    frontier.add("a")
    with trio.CancelScope() as scope:
        scope.cancel()
        await frontier.take()
    assert scope.cancelled_caught
    assert await frontier.take() == Job("a")


def test_add_finished_comes_before_add() -> None:
    frontier = Frontier()
    frontier.add("a")
    with pytest.raises(AssertionError):
        frontier.add_finished("a")
