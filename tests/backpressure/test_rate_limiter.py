"""RateLimiter: exact times on a virtual clock, first come first served, nothing spent by who gives up."""

from __future__ import annotations

import itertools
import math

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.backpressure import RateLimiter


async def times_of(limiter: RateLimiter, n: int) -> list[float]:
    times = []
    for _ in range(n):
        await limiter.acquire()
        times.append(trio.current_time())
    return times


async def test_permits_are_evenly_spaced(autojump_clock):
    assert await times_of(RateLimiter(10), 8) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


async def test_per_sets_the_unit(autojump_clock):
    assert await times_of(RateLimiter(3, per=60), 4) == [0, 20, 40, 60]
    await trio.sleep(1000)
    start = trio.current_time()
    assert await times_of(RateLimiter(0.5), 3) == [start, start + 2, start + 4]


async def test_a_burst_comes_at_once_and_then_the_rate(autojump_clock):
    assert await times_of(RateLimiter(2, burst=4), 8) == [0, 0, 0, 0, 0.5, 1, 1.5, 2]


async def test_an_idle_limiter_saves_up_no_more_than_a_burst(autojump_clock):
    limiter = RateLimiter(1, burst=3)
    assert await times_of(limiter, 4) == [0, 0, 0, 1]
    await trio.sleep(1000)
    assert await times_of(limiter, 5) == [1001, 1001, 1001, 1002, 1003]


async def test_a_short_pause_refills_in_proportion(autojump_clock):
    limiter = RateLimiter(1, burst=3)
    await times_of(limiter, 3)
    await trio.sleep(2)
    assert await times_of(limiter, 3) == [2, 2, 3]


async def test_a_million_permits_do_not_drift(autojump_clock):
    """Adding up intervals of 0.1 would be off after a while; counting is not."""
    limiter = RateLimiter(10, burst=100_001)
    for _ in range(100_000):
        limiter.acquire_nowait()
    await limiter.acquire()
    assert await times_of(limiter, 2) == [0.1, 0.2]
    added_up = sum(itertools.repeat(0.1, 100_003))
    assert added_up != 10_000.3


async def test_waiters_are_served_first_come_first_served(autojump_clock):
    limiter = RateLimiter(1)
    served: list[tuple[int, float]] = []

    async def caller(i: int) -> None:
        await trio.sleep(i / 1000)
        await limiter.acquire()
        served.append((i, trio.current_time()))

    async with trio.open_nursery() as nursery:
        for i in range(100):
            nursery.start_soon(caller, i)
    assert served == [(i, i) for i in range(100)]


async def test_a_newcomer_does_not_overtake_a_waiter(autojump_clock):
    served: list[tuple[str, float]] = []

    async def caller(name: str) -> None:
        await limiter.acquire()
        served.append((name, trio.current_time() - start))

    # The waiter and the newcomer wake in the same instant, now the one first and now the other.
    for _ in range(20):
        limiter = RateLimiter(1)
        start = trio.current_time()
        served.clear()
        await caller("first")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller, "waiting")
            await trio.sleep(1)
            # The permit is due this very instant, but it is the waiter's.
            with pytest.raises(trio.WouldBlock):
                limiter.acquire_nowait()
            await caller("newcomer")
        assert served == [("first", 0), ("waiting", 1), ("newcomer", 2)]


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_cancelled_waiter_costs_no_permit_and_those_behind_move_up(which, autojump_clock):
    limiter = RateLimiter(1)
    await limiter.acquire()
    served = {}

    async def caller(i: int) -> None:
        await trio.sleep(i / 1000)
        with trio.move_on_after(0.5 if i == which else math.inf):
            await limiter.acquire()
            served[i] = trio.current_time()

    async with trio.open_nursery() as nursery:
        for i in range(4):
            nursery.start_soon(caller, i)
    assert served == dict(zip([i for i in range(4) if i != which], [1, 2, 3], strict=True))


async def test_cancelled_before_the_call_it_takes_nothing(autojump_clock):
    limiter = RateLimiter(1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await limiter.acquire()
    assert scope.cancelled_caught
    limiter.acquire_nowait()


def test_whatever_the_step_of_the_cancel_a_permit_is_either_had_or_still_there(cancel_at_every_step):
    def make():
        limiter = RateLimiter(1, burst=2)
        had: list[float] = []
        start = 0.0

        async def scenario() -> None:
            try:
                for _ in range(4):
                    await limiter.acquire()
                    had.append(trio.current_time())
            finally:
                with trio.CancelScope(shield=True):
                    await limiter.acquire()
                    had.append(trio.current_time())

        def check() -> None:
            assert had == [start, start, 1, 2, 3][: len(had)]

        return scenario, check

    assert cancel_at_every_step(make) > 4


async def test_it_is_a_checkpoint_with_and_without_waiting(autojump_clock):
    limiter = RateLimiter(1)
    for _ in range(2):
        with trio.testing.assert_checkpoints():
            await limiter.acquire()


async def test_acquire_nowait(autojump_clock):
    limiter = RateLimiter(2, burst=2)
    with trio.testing.assert_no_checkpoints():
        limiter.acquire_nowait()
        limiter.acquire_nowait()
        with pytest.raises(trio.WouldBlock):
            limiter.acquire_nowait()
    await trio.sleep(0.5)
    limiter.acquire_nowait()


async def test_as_a_context_manager_it_spends_a_permit_and_gives_none_back(autojump_clock):
    limiter = RateLimiter(1)
    times = []
    for _ in range(3):
        async with limiter:
            times.append(trio.current_time())
    with pytest.raises(ValueError):
        async with limiter:
            raise ValueError
    assert times == [0, 1, 2]


def test_it_can_be_made_outside_of_trio_and_used_in_several_runs():
    """A limiter at module level lives through many runs in a test suite, each with a clock of its own."""
    limiter = RateLimiter(1, burst=2)

    async def main() -> list[float]:
        times = await times_of(limiter, 4)
        await trio.sleep(10_000)
        return times + await times_of(limiter, 1)

    for _ in range(3):
        assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == [0, 0, 1, 2, 10_002]


def test_a_clock_that_starts_anew_is_seen_from_two_bursts_on():
    """No bucket is that far from being full on one clock."""
    limiter = RateLimiter(1)

    async def main(start: float) -> float:
        await trio.sleep(start)
        await limiter.acquire()
        return trio.current_time()

    for start, passed in ((1.25, 1.25), (0, 0), (0.75, 1), (0, 2)):
        assert trio.run(main, start, clock=trio.testing.MockClock(autojump_threshold=0)) == passed


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ({"rate": 0}, ValueError, "rate must be a number > 0 and finite, got 0"),
        ({"rate": -1}, ValueError, "rate must be"),
        ({"rate": math.inf}, ValueError, "rate must be"),
        ({"rate": math.nan}, ValueError, "rate must be"),
        ({"rate": "10"}, TypeError, "rate must be"),
        ({"rate": 1, "per": 0}, ValueError, "per must be a number of seconds > 0 and finite, got 0"),
        ({"rate": 1, "per": None}, TypeError, "per must be"),
        ({"rate": 1, "burst": 0}, ValueError, "burst must be an int >= 1, got 0"),
        ({"rate": 1, "burst": 1.5}, TypeError, "burst must be an int >= 1, got 1.5"),
    ],
)
def test_wrong_arguments_are_refused(args, error, message):
    with pytest.raises(error, match=message):
        RateLimiter(**args)


@given(
    rate=st.integers(1, 8),
    per=st.sampled_from([1.0, 0.5, 4.0]),
    burst=st.integers(1, 5),
    pauses=st.lists(st.integers(0, 6).map(lambda n: n / 4), min_size=1, max_size=30),
)
def test_no_window_ever_holds_more_than_the_burst_and_the_rate(rate, per, burst, pauses):
    async def main() -> list[float]:
        limiter = RateLimiter(rate, per=per, burst=burst)
        times = []
        for pause in pauses:
            await trio.sleep(pause)
            times += await times_of(limiter, 1)
        return times

    times = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    for i, start in enumerate(times):
        for n, end in enumerate(times[i:], 1):
            assert n <= burst + (end - start) * rate / per + 1e-9


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=20))
def test_no_permit_is_lost_to_cancelled_waiters(callers):
    """However many give up: those who stay are served one a second, without a gap."""

    async def main() -> list[float]:
        limiter = RateLimiter(1)
        await limiter.acquire()
        served: list[float] = []

        async def caller(arrives: int, patient: bool) -> None:
            await trio.sleep(arrives / 1000)
            with trio.move_on_after(math.inf if patient else 0.25):
                await limiter.acquire()
                served.append(trio.current_time())

        async with trio.open_nursery() as nursery:
            for arrives, patient in callers:
                nursery.start_soon(caller, arrives, patient)
        return served

    served = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert served == [i + 1 for i in range(sum(patient for _, patient in callers))]
