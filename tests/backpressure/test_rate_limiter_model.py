"""A rate limiter against a bucket that is refilled all the time: random scripts, exact times."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_patterns.backpressure import RateLimiter

#: (operation, number): what the number means is up to the operation; times are quarters of a second.
NAMES = [*["acquire"] * 6, *["sleep", "nowait"] * 4, "with", "with", "cancel"]
scripts = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 12)), min_size=10, max_size=25)
Op = tuple[str, int]
Log = list[tuple[Any, ...]]


class Bucket:
    """The model: a level that rises evenly up to ``burst``, and a list of waiters. No rounding: fractions."""

    def __init__(self, rate: float, per: float, burst: int) -> None:
        self.speed, self.burst = Fraction(rate) / Fraction(per), burst
        self.level, self.now = Fraction(burst), Fraction(0)
        self.waiters: list[tuple[int, float]] = []  # and the time at which each gives up
        self.log: Log = []

    def step(self, now: Fraction) -> None:
        self.level = min(Fraction(self.burst), self.level + (now - self.now) * self.speed)
        self.now = now

    def serve(self) -> None:
        while self.waiters and self.level >= 1:
            self.level -= 1
            self.log.append(("granted", self.now, self.waiters.pop(0)[0]))

    def next_event(self) -> Fraction | float:
        times = [until for _, until in self.waiters]
        return min([*times, self.now + (1 - self.level) / self.speed]) if self.waiters else math.inf

    def run_to(self, end: Fraction | float) -> None:
        while (then := self.next_event()) <= end and then < math.inf:
            self.step(Fraction(then))
            for waiter, until in list(self.waiters):
                if until <= then:  # a permit that comes in the same instant comes too late
                    self.drop(waiter)
            self.serve()
        if end < math.inf:
            self.step(Fraction(end))

    def drop(self, waiter: int) -> None:
        self.waiters = [(number, until) for number, until in self.waiters if number != waiter]
        self.log.append(("gave up", self.now, waiter))

    def follow(self, script: list[Op]) -> Log:
        for number, (op, arg) in enumerate(script):
            if op == "sleep":
                self.run_to(self.now + Fraction(arg % 5, 4))
            elif op == "acquire":
                self.waiters.append((number, self.now + Fraction(arg, 4) if arg < 8 else math.inf))
                if arg == 0:
                    self.drop(number)
                self.serve()
            elif op == "nowait":
                ready = not self.waiters and self.level >= 1
                self.level -= ready
                self.log.append(("nowait", self.now, ready))
            elif op == "cancel" and self.waiters:
                self.drop(self.waiters[arg % len(self.waiters)][0])
            elif op == "with":
                self.waiters.append((number, math.inf))
                self.serve()
                while any(waiter == number for waiter, _ in self.waiters):
                    self.run_to(self.next_event())
        self.run_to(math.inf)
        return self.log


class Real:
    """Follows a script with a real limiter and writes the same log."""

    def __init__(self, limiter: RateLimiter) -> None:
        self.limiter = limiter
        self.log: Log = []
        self.waiters: dict[int, trio.CancelScope] = {}

    def note(self, what: str, *more: Any) -> None:
        self.log.append((what, Fraction(trio.current_time()), *more))

    async def acquire(self, number: int, patience: float) -> None:
        with trio.move_on_after(patience) as self.waiters[number]:
            await self.limiter.acquire()
            self.note("granted", number)
        if self.waiters.pop(number).cancelled_caught:
            self.note("gave up", number)

    async def follow(self, script: list[Op]) -> None:
        async with trio.open_nursery() as nursery:
            for number, (op, arg) in enumerate(script):
                if op == "sleep":
                    await trio.sleep(arg % 5 / 4)
                elif op == "acquire":
                    nursery.start_soon(self.acquire, number, arg / 4 if arg < 8 else math.inf)
                    await trio.testing.wait_all_tasks_blocked()  # so that they come in this order
                elif op == "nowait":
                    try:
                        self.limiter.acquire_nowait()
                        self.note("nowait", True)
                    except trio.WouldBlock:
                        self.note("nowait", False)
                elif op == "cancel":
                    await trio.testing.wait_all_tasks_blocked()  # whoever is due now comes first
                    if not self.waiters:
                        continue
                    list(self.waiters.values())[arg % len(self.waiters)].cancel()
                elif op == "with":
                    async with self.limiter:
                        self.note("granted", number)


@given(
    st.sampled_from([(1, 1.0), (2, 1.0), (4, 1.0), (1, 2.0), (3, 1.5), (10, 2.5), (8, 0.5), (0.5, 1.0)]),
    st.integers(1, 4),
    scripts,
)
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_a_rate_limiter_does_what_a_bucket_does(
    pace: tuple[float, float], burst: int, script: list[Op]
) -> None:
    """Who gets a permit when, in which order, and that those who give up or are refused cost none."""
    real = Real(RateLimiter(pace[0], per=pace[1], burst=burst))
    trio.run(real.follow, script, clock=trio.testing.MockClock(autojump_threshold=0))
    model = Bucket(*pace, burst).follow(script)
    # Those who give up in the same instant do so in any order.
    assert sorted(real.log, key=repr) == sorted(model, key=repr)


numbers = st.floats(0.01, 1000, allow_subnormal=False)


@given(numbers, numbers, st.integers(1, 20), st.lists(st.floats(0, 3), min_size=1, max_size=30))
@settings(deadline=None)
def test_at_any_rate_no_window_holds_more_than_it_may(
    rate: float, per: float, burst: int, pauses: list[float]
) -> None:
    """Rates that no binary fraction is equal to: to the nanosecond, and nobody waits without need."""
    interval = per / rate
    limiter = RateLimiter(rate, per=per, burst=burst)
    asked: list[float] = []
    granted: list[float] = []

    async def main() -> None:
        for pause in pauses:
            await trio.sleep(pause * interval)
            asked.append(trio.current_time())
            await limiter.acquire()
            granted.append(trio.current_time())

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    earliest = Bucket(rate, per, burst)
    assert granted == pytest.approx(list(as_granted(earliest, asked)), rel=1e-9, abs=1e-9)


def as_granted(bucket: Bucket, asked: list[float]) -> Iterator[float]:
    for time in asked:
        bucket.run_to(max(Fraction(time), bucket.now))
        bucket.waiters.append((0, math.inf))
        bucket.serve()
        if bucket.waiters:
            bucket.run_to(bucket.next_event())
        yield float(bucket.log[-1][1])
