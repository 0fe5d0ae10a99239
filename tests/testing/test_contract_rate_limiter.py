"""`rate_limiter_contract` passes the library's own, and finds what is wrong with these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.lowlevel

from tests.testing.contract_runs import broken_promise
from trio_patterns.backpressure import RateLimiter
from trio_patterns.testing import rate_limiter_contract

TestRateLimiter = rate_limiter_contract(RateLimiter)


class Bucket:
    """A rate limiter of our own, right in all things; the others change one of them."""

    def __init__(self, rate: float, *, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self.full_at = trio.current_time()
        self.turn = trio.StrictFIFOLock()

    def due(self) -> float:
        return self.full_at - (self.burst - 1) / self.rate

    def take(self) -> None:
        self.full_at = max(self.full_at, trio.current_time()) + 1 / self.rate

    async def acquire(self) -> None:
        async with self.turn:
            await trio.sleep_until(self.due())
            self.take()

    def acquire_nowait(self) -> None:
        if self.turn.locked() or self.due() > trio.current_time():
            raise trio.WouldBlock
        self.take()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        pass


TestOurOwn = rate_limiter_contract(Bucket)

BROKEN: list[tuple[type[Bucket], str, str]] = []


def found_by(case: str, says: str) -> Callable[[type[Bucket]], type[Bucket]]:
    def add(factory: type[Bucket]) -> type[Bucket]:
        BROKEN.append((factory, case, says))
        return factory

    return add


@found_by("a_waiter_cancelled_at_any_point_costs_no_permit", "a cancelled waiter costs no permit")
@found_by("a_cancelled_waiter_costs_no_permit", "they passed at [2.0], not at [1.0]")
class TakesBeforeItWaits(Bucket):
    async def acquire(self) -> None:
        async with self.turn:
            due = self.due()
            self.take()
            await trio.sleep_until(due)


@found_by("a_pause_saves_up_no_more_than_a_burst", "after a long pause")
class SavesUpForEver(Bucket):
    def take(self) -> None:
        self.full_at += 1 / self.rate


@found_by("a_burst_passes_at_once_and_then_one_at_a_time", "three pass at once")
@found_by("nowait_raises_would_block", "a refused acquire_nowait costs no permit")
class NoBursts(Bucket):
    def __init__(self, rate: float, *, burst: int) -> None:
        super().__init__(rate, burst=burst)
        self.burst = 1

    def acquire_nowait(self) -> None:
        try:
            super().acquire_nowait()
        except trio.WouldBlock:
            self.take()
            if self.full_at > 2.5:
                raise


@found_by("nowait_does_not_overtake", "does not overtake a waiter")
class Overtakes(Bucket):
    def acquire_nowait(self) -> None:
        self.take()


@found_by("nowait_raises_would_block", "raises WouldBlock when there is no permit; nothing was raised")
class NeverRefuses(Bucket):
    def acquire_nowait(self) -> None:
        self.take()


@found_by("first_come_first_served", "first come, first served")
@found_by(
    "in_every_order_of_tasks_no_more_pass_than_the_rate_allows", "no more pass than rate and burst allow"
)
class EachOnItsOwn(Bucket):
    async def acquire(self) -> None:
        await trio.sleep_until(self.due())
        await trio.lowlevel.checkpoint()
        self.take()
        await trio.sleep(0.25 - (self.full_at % 0.25))


@found_by("acquire_is_a_checkpoint_even_if_a_permit_is_there", "acquire is a checkpoint")
class NoCheckpoint(Bucket):
    async def acquire(self) -> None:
        try:
            self.acquire_nowait()
        except trio.WouldBlock:
            await super().acquire()


@found_by("a_block_is_an_acquire", "spends one permit each time")
class GivesItBack(Bucket):
    async def __aexit__(self, *_: object) -> None:
        self.full_at -= 1 / self.rate


@found_by("a_block_is_an_acquire", "an error goes through")
class SwallowsErrors(Bucket):
    async def __aexit__(self, *_: object) -> bool:  # type: ignore[override]
        return True


@pytest.mark.parametrize(
    ("factory", "case", "says"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_wrong_one_is_found(factory: type[Bucket], case: str, says: str) -> None:
    assert says in broken_promise(rate_limiter_contract(factory), case)


def test_arguments_are_checked_at_the_call() -> None:
    made: Any = RateLimiter(1.0)
    with pytest.raises(TypeError, match="factory must be a function that makes a rate limiter"):
        rate_limiter_contract(made)
