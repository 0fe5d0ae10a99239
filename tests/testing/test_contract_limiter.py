"""`limiter_contract` passes what is sound, and finds what is wrong with these limiters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
import trio

from tests.testing.contract_runs import broken_promise, case_of
from trio_patterns.testing import limiter_contract

TestCapacityLimiter = limiter_contract(trio.CapacityLimiter)


class Tokens:
    """A limiter of our own, right in all things; the others change one of them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.borrowers: set[object] = set()
        self.waiting: OrderedDict[trio.lowlevel.Task, object] = OrderedDict()

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        if borrower in self.borrowers:
            raise RuntimeError("it holds a token already")
        if len(self.borrowers) >= self.total or self.waiting:
            raise trio.WouldBlock
        self.borrowers.add(borrower)

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self.acquire_on_behalf_of_nowait(borrower)
        except trio.WouldBlock:
            await self.wait(borrower)
        else:
            await trio.lowlevel.cancel_shielded_checkpoint()

    async def wait(self, borrower: object) -> None:
        task = trio.lowlevel.current_task()
        self.waiting[task] = borrower

        def abort(_: object) -> trio.lowlevel.Abort:
            self.give_up(task)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def give_up(self, task: trio.lowlevel.Task) -> None:
        del self.waiting[task]

    def release_on_behalf_of(self, borrower: object) -> None:
        if borrower not in self.borrowers:
            raise RuntimeError("it holds no token")
        self.borrowers.remove(borrower)
        self.serve()

    def serve(self) -> None:
        if self.waiting:
            task, borrower = self.waiting.popitem(last=False)
            self.borrowers.add(borrower)
            trio.lowlevel.reschedule(task)


TestOurOwn = limiter_contract(Tokens)

BROKEN: list[tuple[Callable[[int], Any], str, str]] = []


def found_by(case: str, says: str) -> Callable[[Callable[[int], Any]], Callable[[int], Any]]:
    def add(factory: Callable[[int], Any]) -> Callable[[int], Any]:
        BROKEN.append((factory, case, says))
        return factory

    return add


@found_by("a_waiter_cancelled_at_any_point_costs_no_token", "a waiter that is cancelled costs no token")
class TakesBeforeItLooks(Tokens):
    """The token is taken, and then comes a checkpoint that may raise."""

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        try:
            self.acquire_on_behalf_of_nowait(borrower)
        except trio.WouldBlock:
            await self.wait(borrower)
        else:
            await trio.lowlevel.checkpoint()


@found_by("a_waiter_cancelled_at_any_point_costs_no_token", "of 2 tokens 1 are back")
class GetsItAndIsCancelled(Tokens):
    async def acquire_on_behalf_of(self, borrower: object) -> None:
        await super().acquire_on_behalf_of(borrower)
        await trio.lowlevel.checkpoint()


@found_by("a_call_cancelled_before_it_begins_takes_no_token", "looks for a cancellation when it begins")
@found_by("acquiring_is_a_checkpoint_even_if_a_token_is_free", "is a checkpoint")
class NoCheckpointIfFree(Tokens):
    async def acquire_on_behalf_of(self, borrower: object) -> None:
        try:
            self.acquire_on_behalf_of_nowait(borrower)
        except trio.WouldBlock:
            await self.wait(borrower)


@found_by("a_cancelled_waiter_leaves_the_queue", "does not hold up those behind it")
class ServesTheDead(Tokens):
    """A cancelled waiter keeps its place, and gets its token."""

    def give_up(self, task: trio.lowlevel.Task) -> None:
        self.dead = task

    def serve(self) -> None:
        if self.waiting:
            task, borrower = self.waiting.popitem(last=False)
            self.borrowers.add(borrower)
            if task is not getattr(self, "dead", None):
                trio.lowlevel.reschedule(task)


@found_by("a_cancelled_waiter_leaves_the_queue", "hands on no token that it does not have")
class HandsOnWhenCancelled(Tokens):
    def give_up(self, task: trio.lowlevel.Task) -> None:
        super().give_up(task)
        self.serve()


@found_by("a_token_that_comes_back_wakes_one_waiter", "one token that comes back serves one waiter")
@found_by("never_more_tokens_are_out_than_there_are", "of 1 tokens no more are out")
@found_by("in_every_order_of_tasks", "of 2 tokens no more are out")
class WakesAll(Tokens):
    def serve(self) -> None:
        while self.waiting:
            super().serve()


@found_by("first_come_first_served", "first come, first served")
class LastComeFirstServed(Tokens):
    def serve(self) -> None:
        if self.waiting:
            self.waiting.move_to_end(next(reversed(self.waiting)), last=False)
        super().serve()


@found_by("nowait_does_not_overtake", "does not overtake a waiter")
@found_by("never_more_tokens_are_out_than_there_are", "goes to a waiter at once")
class WakesAndLetsThemRace(Tokens):
    """The waiter polls, so that who comes at the right moment is faster."""

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        if borrower in self.borrowers:
            raise RuntimeError("it holds a token already")
        if len(self.borrowers) >= self.total:
            raise trio.WouldBlock
        self.borrowers.add(borrower)

    async def wait(self, borrower: object) -> None:
        while True:
            await trio.sleep(0.7)
            try:
                return self.acquire_on_behalf_of_nowait(borrower)
            except trio.WouldBlock:
                pass


@found_by("it_has_as_many_tokens_as_it_was_made_with", "a limiter of 1 has 1 tokens, not 2")
@found_by("it_limits_bounded_map", "3 tokens let 3 calls of bounded_map run at once; 4 ran")
@found_by("two_calls_share_it", "run 3 at once together; 4 ran")
class OneTooMany(Tokens):
    def __init__(self, total: int) -> None:
        super().__init__(total + 1)


@found_by("one_borrower_holds_one_token", "asks for another; nothing was raised")
class TwoForOne(Tokens):
    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        if borrower not in self.borrowers:
            super().acquire_on_behalf_of_nowait(borrower)


@found_by("what_was_not_taken_can_not_be_given_back", "does not hold is a RuntimeError; nothing was raised")
class TakesAnythingBack(Tokens):
    def release_on_behalf_of(self, borrower: object) -> None:
        self.borrowers.discard(borrower)
        self.serve()


@found_by("a_token_comes_back", "can be taken again; 0 can")
@found_by("a_failure_gives_all_tokens_back", "after a failure in bounded_map all tokens are back")
@found_by("a_cancellation_gives_all_tokens_back", "after a cancellation all tokens are back")
class LosesWhatAnotherTaskGivesBack(Tokens):
    def release_on_behalf_of(self, borrower: object) -> None:
        if trio.current_effective_deadline() > 0 and self.total == 2:
            super().release_on_behalf_of(borrower)  # and not if all is cancelled


@found_by("it_has_the_three_methods", "has acquire_on_behalf_of")
def semaphore(total: int) -> Any:
    return trio.Semaphore(total)


@pytest.mark.parametrize(
    ("factory", "case", "says"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_wrong_one_is_found(factory: Callable[[int], Any], case: str, says: str) -> None:
    assert says in broken_promise(limiter_contract(factory), case)


def test_max_points_bounds_the_sweep() -> None:
    """Before the start, nothing goes wrong."""
    contract = limiter_contract(GetsItAndIsCancelled, max_points=1)
    case_of(contract, "a_waiter_cancelled_at_any_point_costs_no_token")()


@pytest.mark.parametrize(
    "case", ["a_waiter_cancelled_at_any_point_costs_no_token", "in_every_order_of_tasks"]
)
def test_a_point_or_an_order_is_tried_again_alone(case: str) -> None:
    factory = WakesAll if case == "in_every_order_of_tasks" else GetsItAndIsCancelled
    suite: Any = limiter_contract(factory)()
    with pytest.raises(AssertionError) as caught:
        getattr(suite, f"test_{case}")()
    failure: Any = caught.value
    assert failure.__notes__ == [
        f"of this suite: make an object of its class, set replay = {failure.replay!r} on it, and call the case"
    ]
    suite.replay = failure.replay
    with pytest.raises(AssertionError) as caught:
        getattr(suite, f"test_{case}")()
    again: Any = caught.value
    assert again.replay == failure.replay
    assert (again.report.points if isinstance(failure.replay, int) else again.report.schedules) == 1


def test_arguments_are_checked_at_the_call() -> None:
    with pytest.raises(TypeError, match="factory must be a function that makes a limiter"):
        limiter_contract(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_points must be an int >= 1, got 0"):
        limiter_contract(Tokens, max_points=0)
