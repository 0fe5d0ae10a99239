"""open_worker_pool: a bound that holds, producers in order, failures, and what leaving the block means."""

from __future__ import annotations

import contextvars
import functools
import itertools
import math
import re
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.backpressure import PoolLedger, PoolStatistics, WorkerPool, open_worker_pool


async def nothing(_: object) -> None:
    pass


async def a_second(_: object) -> None:
    await trio.sleep(1)


# --- the happy path


async def test_every_job_is_done_when_the_block_is_left(autojump_clock):
    done: list[int] = []

    async def work(x: int) -> None:
        await trio.sleep(x % 3)
        done.append(x)

    async with open_worker_pool(work, workers=3, buffer=5) as pool:
        for x in range(50):
            await pool.submit(x)
    assert sorted(done) == list(range(50))
    assert pool.ledger == PoolLedger(accepted=50, succeeded=50, failed=0, returned=0)
    assert pool.returned == []
    assert pool.failures == []


async def test_a_pool_nobody_submits_to_starts_no_task_and_ends_at_once(autojump_clock):
    before = trio.lowlevel.current_statistics().tasks_living
    async with open_worker_pool(nothing, workers=1000) as pool:
        assert trio.lowlevel.current_statistics().tasks_living == before
        await pool.submit(1)
        assert trio.lowlevel.current_statistics().tasks_living == before + 1
        await trio.sleep(1)
        await pool.submit(2)
        assert trio.lowlevel.current_statistics().tasks_living == before + 1
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert pool.ledger == PoolLedger(2, 2, 0, 0)


async def test_any_callable_that_returns_an_awaitable_will_do():
    done = []

    async def work(factor: int, x: int) -> None:
        done.append(factor * x)

    for fn in (functools.partial(work, 2), lambda x: work(2, x)):
        async with open_worker_pool(fn) as pool:
            await pool.submit(1)
    assert done == [2, 2]


async def test_jobs_start_in_the_order_in_which_they_were_accepted(autojump_clock):
    started = []

    async def work(x: int) -> None:
        started.append(x)
        await trio.sleep((x * 7) % 5)

    async with open_worker_pool(work, workers=4, buffer=3) as pool:
        for x in range(100):
            await pool.submit(x)
    assert started == list(range(100))


# --- the bound


@pytest.mark.parametrize("workers", [1, 10, 100])
async def test_as_many_calls_as_workers_are_in_flight_and_never_more(workers, gauge, autojump_clock):
    async def work(_: int) -> None:
        with gauge:
            await trio.sleep(1)

    async with open_worker_pool(work, workers=workers, buffer=7) as pool:
        for x in range(300):
            await pool.submit(x)
    assert gauge.peak == workers
    assert trio.current_time() == math.ceil(300 / workers)


@pytest.mark.parametrize("buffer", [0, 1, 2, 10, 100])
@pytest.mark.parametrize("workers", [1, 4])
async def test_the_capacity_is_exactly_workers_plus_buffer(workers, buffer, autojump_clock):
    async with open_worker_pool(a_second, workers=workers, buffer=buffer) as pool:
        for _ in range(3):
            for x in range(workers + buffer):
                pool.submit_nowait(x)
            with pytest.raises(trio.WouldBlock):
                pool.submit_nowait(-1)
            assert pool.statistics().in_flight == workers
            assert pool.statistics().queued == buffer
            await trio.sleep(buffer + 1.5)
    assert pool.ledger.accepted == pool.ledger.succeeded == 3 * (workers + buffer)
    assert pool.statistics().peak_queued == buffer


async def test_a_producer_waits_while_the_pool_is_full(autojump_clock):
    times = []
    async with open_worker_pool(a_second, workers=2, buffer=1) as pool:
        for x in range(7):
            await pool.submit(x)
            times.append(trio.current_time())
    assert times == [0, 0, 0, 1, 1, 2, 2]
    assert trio.current_time() == 4


async def test_memory_stays_bounded_when_the_producer_is_faster(autojump_clock):
    """An unbounded queue would hold all of the thousand jobs after the first second."""
    most = 0
    async with open_worker_pool(a_second, workers=2, buffer=10) as pool:
        for x in range(1000):
            await pool.submit(x)
            ledger = pool.ledger
            most = max(most, ledger.accepted - ledger.succeeded)
    assert most == 12


# --- fairness


async def test_waiting_producers_are_served_first_come_first_served(autojump_clock):
    done = []

    async def work(x: object) -> None:
        await trio.sleep(1)
        done.append(x)

    async def producer(pool: WorkerPool[object], x: int) -> None:
        await trio.sleep(x / 1000)
        await pool.submit(x)

    async with open_worker_pool(work, workers=1, buffer=0) as pool:
        await pool.submit("first")
        async with trio.open_nursery() as nursery:
            for x in range(1, 20):
                nursery.start_soon(producer, pool, x)
    assert done == ["first", *range(1, 20)]


async def test_a_newcomer_does_not_overtake_a_waiting_producer(autojump_clock):
    done = []

    async def work(x: str) -> None:
        await trio.sleep(1)
        done.append(x)

    async with open_worker_pool(work, workers=1, buffer=0) as pool:
        await pool.submit("running")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.submit, "waiting")
            await trio.sleep(1)
            # Whether or not the worker has had its turn in this instant, the room is the waiting producer's.
            with pytest.raises(trio.WouldBlock):
                pool.submit_nowait("newcomer")
            await pool.submit("newcomer")
    assert done == ["running", "waiting", "newcomer"]


async def test_a_cancelled_producer_has_not_submitted_and_those_behind_it_move_up(autojump_clock):
    done = []

    async def work(x: str) -> None:
        await trio.sleep(1)
        done.append(x)

    async with open_worker_pool(work, workers=1, buffer=0) as pool:
        await pool.submit("running")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.submit, "behind")
            with trio.move_on_after(0.5) as scope:
                await pool.submit("gives up")
            assert scope.cancelled_caught
    assert done == ["running", "behind"]
    assert pool.ledger == PoolLedger(2, 2, 0, 0)


async def test_submitting_without_waiting_starves_nobody():
    """128 jobs at most are accepted between two turns of another task."""
    accepted = []

    async def other() -> None:
        while len(accepted) < 3:
            accepted.append(pool.ledger.accepted)
            await trio.lowlevel.checkpoint()

    async with open_worker_pool(nothing, workers=1, buffer=10_000) as pool:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            for x in range(1000):
                await pool.submit(x)
    assert max(b - a for a, b in itertools.pairwise(accepted)) <= 2 * 128


async def test_jobs_that_never_yield_starve_nobody():
    """A worker passes a checkpoint every 128 jobs, although the queue is never empty."""
    done = 0
    turns = []

    async def work(_: int) -> None:
        nonlocal done
        done += 1

    async def other() -> None:
        while done < 1000:
            turns.append(done)
            await trio.lowlevel.checkpoint()

    async with open_worker_pool(work, workers=1, buffer=10_000) as pool, trio.open_nursery() as nursery:
        for x in range(1000):
            pool.submit_nowait(x)
        nursery.start_soon(other)
    assert max(b - a for a, b in itertools.pairwise(turns)) <= 2 * 128


async def test_what_never_yields_is_128_jobs_or_submits_between_two_checkpoints():
    steps = 0
    ran_at: list[int] = []
    submitted_at: list[int] = []

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            nonlocal steps
            steps += 1

    async def work(_: int) -> None:
        ran_at.append(steps)

    trio.lowlevel.add_instrument(instrument := Steps())
    async with open_worker_pool(work, workers=1, buffer=1000) as pool:
        for x in range(300):
            pool.submit_nowait(x)
    async with open_worker_pool(nothing, workers=1, buffer=1000) as pool:
        for x in range(300):
            await pool.submit(x)
            submitted_at.append(steps)
    async with open_worker_pool(work, workers=1, buffer=1000) as pool:
        await pool.submit(0)
        await trio.testing.wait_all_tasks_blocked()
        woken = len(ran_at)
        for x in range(300):
            pool.submit_nowait(x)
    ran_after_waiting = ran_at[woken:]
    del ran_at[woken - 1 :]
    trio.lowlevel.remove_instrument(instrument)
    for at in (ran_at, submitted_at, ran_after_waiting):
        assert [len(list(lot)) for _, lot in itertools.groupby(at)] == [128, 128, 44]


async def test_a_producer_in_a_loop_sees_its_cancellation_although_there_is_room():
    accepted = 0
    async with open_worker_pool(nothing, workers=1, buffer=10**6) as pool:
        with trio.CancelScope() as scope:
            scope.cancel()
            while True:
                await pool.submit(accepted)
                accepted += 1
    assert accepted <= 128
    assert pool.ledger.accepted == pool.ledger.succeeded == accepted


async def test_a_submit_that_only_waits_for_its_budget_is_cancelled_before_its_job_is_accepted():
    async with open_worker_pool(nothing, workers=1, buffer=1000) as pool:
        for x in range(128):
            await pool.submit(x)
        with trio.CancelScope() as scope:
            scope.cancel()
            await pool.submit("not accepted")
        assert scope.cancelled_caught
    assert pool.ledger.accepted == 128


async def test_a_busy_worker_is_not_woken_for_each_job():
    """Only a worker that sleeps is woken: a burst of jobs costs a task switch or two, not one each."""

    class Switches(trio.abc.Instrument):
        n = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.n += "(worker" in task.name

    switches = Switches()
    async with open_worker_pool(nothing, workers=2, buffer=100) as pool:
        trio.lowlevel.add_instrument(switches)
        for x in range(100):
            pool.submit_nowait(x)
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.remove_instrument(switches)
    assert switches.n == 2


# --- failures: on_error="raise"


async def test_a_failing_job_cancels_the_pool_and_arrives_as_itself(gauge, autojump_clock):
    cause = KeyError("cause")

    async def work(x: int) -> None:
        with gauge:
            await trio.sleep(x)
            if x == 2:
                raise ValueError("two") from cause

    with pytest.raises(ValueError, match="two") as caught:
        async with open_worker_pool(work, workers=3, buffer=4) as pool:
            for x in (1, 2, 30, 40, 50, 60):
                await pool.submit(x)
            await trio.sleep_forever()
    assert caught.value.__cause__ is cause
    assert trio.current_time() == 2
    assert (gauge.now, gauge.finished, gauge.cancelled) == (0, 1, 2)
    assert pool.ledger == PoolLedger(accepted=6, succeeded=1, failed=1, returned=4)
    assert pool.returned == [30, 40, 50, 60]
    assert pool.failures == [(2, caught.value)]


async def test_a_job_that_fails_while_the_pool_drains_is_raised_too(autojump_clock):
    async def work(x: int) -> None:
        await trio.sleep(x)
        raise ValueError(x)

    with pytest.raises(ValueError, match="1"):
        async with open_worker_pool(work, workers=2) as pool:
            await pool.submit(1)
            await pool.submit(2)
            await pool.submit(3)
    assert pool.returned == [2, 3]


async def test_several_failures_arrive_as_a_group_and_are_all_counted(autojump_clock):
    async def work(x: int) -> None:
        try:
            await trio.sleep(x)
        except trio.Cancelled:
            raise KeyError("cleanup") from None
        raise ValueError

    with pytest.RaisesGroup(ValueError, KeyError):
        async with open_worker_pool(work, workers=2) as pool:
            await pool.submit(1)
            await pool.submit(100)
            await pool.submit(100)
    assert pool.ledger == PoolLedger(accepted=3, succeeded=0, failed=2, returned=1)


async def test_no_job_is_started_after_a_failure_even_by_a_worker_that_is_just_waking_up():
    for _ in range(20):
        failed = False
        started_after = 0

        async def work(x: int) -> None:
            nonlocal failed, started_after
            started_after += failed
            await trio.lowlevel.checkpoint()
            if x == 10:
                failed = True
                raise ValueError

        with pytest.raises(ValueError):
            async with open_worker_pool(work, workers=4) as pool:
                for x in range(50):
                    await pool.submit(x)
        assert started_after == 0


async def test_the_failure_and_the_bodys_own_arrive_together(autojump_clock):
    async def work(_: object) -> None:
        await trio.sleep(1)
        raise ValueError

    with pytest.RaisesGroup(ValueError, KeyError):
        async with open_worker_pool(work) as pool:
            await pool.submit(1)
            try:
                await trio.sleep_forever()
            finally:
                raise KeyError


async def test_a_body_that_runs_into_the_broken_pool_adds_nothing_to_the_failure(autojump_clock):
    """The producer and the failing job may wake in the same instant: the job's error is the news, alone."""

    async def work(go_on: trio.Event) -> None:
        await trio.sleep(1)
        go_on.set()
        raise ValueError

    async def produce(pool: WorkerPool[trio.Event], go_on: trio.Event) -> None:
        await go_on.wait()
        pool.submit_nowait(go_on)

    for inner_nursery in (False, True):
        go_on = trio.Event()
        with pytest.raises(ValueError):
            async with open_worker_pool(work) as pool:
                await pool.submit(go_on)
                if inner_nursery:
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(produce, pool, go_on)
                else:
                    await produce(pool, go_on)

    with pytest.raises(ValueError):
        async with open_worker_pool(work, workers=1, buffer=0) as pool:
            await pool.submit(trio.Event())
            with trio.CancelScope(shield=True):
                await pool.submit(trio.Event())


async def test_a_producer_cancelled_with_the_pool_adds_nothing_to_the_cancellation(autojump_clock):
    with trio.move_on_after(1) as scope:
        async with open_worker_pool(a_second) as pool:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.5)
                await pool.submit(1)
                await trio.sleep(1)
            pool.submit_nowait(2)
    assert scope.cancelled_caught
    assert pool.returned == [1]


# --- failures: on_error="collect"


async def test_failures_are_collected_and_the_pool_goes_on(autojump_clock):
    async def work(x: int) -> None:
        await trio.sleep(1)
        if x % 2:
            raise ValueError(x)

    async with open_worker_pool(work, workers=2, buffer=1, on_error="collect") as pool:
        for x in range(10):
            await pool.submit(x)
    assert [(job, exc.args) for job, exc in pool.failures] == [(x, (x,)) for x in (1, 3, 5, 7, 9)]
    assert pool.ledger == PoolLedger(accepted=10, succeeded=5, failed=5, returned=0)


async def test_a_failed_job_makes_room_for_a_waiting_producer(autojump_clock):
    async def fail(x: int) -> None:
        await trio.sleep(1)
        raise ValueError(x)

    async with open_worker_pool(fail, workers=1, buffer=0, on_error="collect") as pool:
        for x in range(3):
            await pool.submit(x)
    assert pool.ledger == PoolLedger(accepted=3, succeeded=0, failed=3, returned=0)


async def test_a_group_of_failures_is_collected_as_one():
    async def work(_: int) -> None:
        raise ExceptionGroup("mine", [ValueError()])

    async with open_worker_pool(work, on_error="collect") as pool:
        await pool.submit(1)
    [(_, group)] = pool.failures
    assert isinstance(group, ExceptionGroup)


@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("exc", [KeyboardInterrupt(), SystemExit(3)])
async def test_interrupts_pass_through_and_the_job_is_returned(exc, on_error):
    async def work(_: int) -> None:
        raise exc

    with pytest.raises(type(exc)):
        async with open_worker_pool(work, on_error=on_error) as pool:
            await pool.submit(1)
    assert pool.ledger == PoolLedger(1, 0, 0, 1)
    assert pool.failures == []


async def test_a_group_that_mixes_a_failure_with_a_cancellation_is_both(autojump_clock):
    async def work(_: int) -> None:
        try:
            await trio.sleep(5)
        except trio.Cancelled as exc:
            raise BaseExceptionGroup("mixed", [exc, ValueError("cleanup")]) from None

    with trio.move_on_after(1) as scope:
        async with open_worker_pool(work, on_error="collect") as pool:
            await pool.submit(1)
    assert scope.cancelled_caught
    [(job, error)] = pool.failures
    assert job == 1
    assert isinstance(error, ExceptionGroup)
    assert pool.ledger == PoolLedger(1, 0, 1, 0)

    with pytest.RaisesGroup(ValueError), trio.move_on_after(1):
        async with open_worker_pool(work) as pool:
            await pool.submit(1)
    assert pool.ledger == PoolLedger(1, 0, 1, 0)


async def test_an_interrupt_in_a_group_with_a_failure_passes_through(autojump_clock):
    async def work(_: int) -> None:
        raise BaseExceptionGroup("mixed", [KeyboardInterrupt(), ValueError()])

    with pytest.RaisesGroup(KeyboardInterrupt):
        async with open_worker_pool(work, on_error="collect") as pool:
            await pool.submit(1)
    assert pool.ledger == PoolLedger(1, 0, 1, 0)


async def test_a_group_of_nothing_but_cancelled_is_a_cancellation_not_a_failure(autojump_clock):
    async def work(_: int) -> None:
        try:
            await trio.sleep(5)
        except trio.Cancelled as exc:
            raise BaseExceptionGroup("grouped", [exc]) from None

    for on_error in ("raise", "collect"):
        with trio.move_on_after(1) as scope:
            async with open_worker_pool(work, on_error=on_error) as pool:  # type: ignore[arg-type]
                await pool.submit(1)
        assert scope.cancelled_caught
        assert pool.failures == []
        assert pool.returned == [1]


# --- cancellation


async def test_cancelled_in_the_middle_it_awaits_the_jobs_and_returns_what_is_not_finished(
    gauge, autojump_clock
):
    """A plain channel with loops around it loses the item in each loop's hands, and the buffered ones too."""

    async def work(x: int) -> None:
        with gauge:
            try:
                await trio.sleep(1 if x < 3 else 10)
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(0.25)

    before = trio.lowlevel.current_statistics().tasks_living
    with trio.move_on_after(2) as scope:
        async with open_worker_pool(work, workers=3, buffer=2) as pool:
            for x in range(100):
                await pool.submit(x)
    assert scope.cancelled_caught
    assert trio.current_time() == 2.25
    assert (gauge.now, gauge.finished, gauge.cancelled) == (0, 3, 3)
    assert pool.ledger == PoolLedger(accepted=8, succeeded=3, failed=0, returned=5)
    assert pool.returned == [3, 4, 5, 6, 7]
    assert trio.lowlevel.current_statistics().tasks_living == before


async def test_cancelled_while_it_drains_it_returns_the_rest(autojump_clock):
    with trio.move_on_after(1.5):
        async with open_worker_pool(a_second, workers=2) as pool:
            for x in range(5):
                await pool.submit(x)
    assert pool.ledger == PoolLedger(accepted=5, succeeded=2, failed=0, returned=3)
    assert pool.returned == [2, 3, 4]


async def test_returned_jobs_are_the_very_objects_in_the_order_of_acceptance(autojump_clock):
    """Also where the workers were cancelled in another order than they had started in."""

    async def hold(_: object) -> None:
        await trio.sleep_forever()

    jobs = [object() for _ in range(8)]
    for _ in range(10):
        with trio.move_on_after(1):
            async with open_worker_pool(hold, workers=5) as pool:
                for job in jobs:
                    await pool.submit(job)
        assert len(pool.returned) == 8
        assert all(a is b for a, b in zip(pool.returned, jobs, strict=True))


async def test_a_job_that_finishes_although_it_was_cancelled_has_succeeded(autojump_clock):
    async def work(_: int) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(2)

    with trio.move_on_after(1):
        async with open_worker_pool(work, workers=1) as pool:
            await pool.submit(1)
            await pool.submit(2)
    assert pool.ledger == PoolLedger(accepted=2, succeeded=1, failed=0, returned=1)
    assert pool.returned == [2]


async def test_a_body_that_raises_cancels_the_pool(gauge, autojump_clock):
    async def work(_: int) -> None:
        with gauge:
            await trio.sleep(10)

    with pytest.raises(KeyError) as caught:
        async with open_worker_pool(work, workers=2, on_error="collect") as pool:
            for x in range(5):
                await pool.submit(x)
            await trio.sleep(1)
            raise KeyError
    assert caught.value.__context__ is None
    assert trio.current_time() == 1
    assert gauge.cancelled == 2
    assert pool.returned == [0, 1, 2, 3, 4]


async def test_pool_timeouts_can_be_around_the_block_or_in_it(autojump_clock):
    with pytest.raises(trio.TooSlowError):
        async with open_worker_pool(a_second, workers=1) as pool:
            with trio.fail_after(3.5):
                for x in range(1000):
                    await pool.submit(x)
    assert pool.ledger.returned == 101


# --- the end


@pytest.mark.parametrize("how", ["normal", "cancelled", "failed"])
async def test_after_the_block_nothing_is_accepted(how, autojump_clock):
    async def work(_: object) -> None:
        await trio.sleep(2)
        if how == "failed":
            raise ValueError

    with trio.move_on_after(1 if how == "cancelled" else 10):
        try:
            async with open_worker_pool(work) as pool:
                await pool.submit(1)
        except ValueError:
            pass
    ledger = pool.ledger
    with pytest.raises(trio.ClosedResourceError, match="has been left"):
        await pool.submit(2)
    with pytest.raises(trio.ClosedResourceError, match="has been left"):
        pool.submit_nowait(2)
    assert pool.ledger == ledger


async def test_before_the_block_nothing_is_accepted_and_it_is_entered_once():
    pool = open_worker_pool(nothing)
    with pytest.raises(trio.ClosedResourceError, match="has not been entered"):
        pool.submit_nowait(1)
    async with pool:
        pass
    with pytest.raises(RuntimeError, match=r"^a worker pool can be entered only once: open another$"):
        async with pool:
            raise AssertionError


async def test_a_job_may_add_jobs_also_while_the_pool_drains(autojump_clock):
    """A crawler submits one page and leaves the block; each page submits those it links to."""
    seen = []

    async def crawl(n: int) -> None:
        await trio.sleep(1)
        seen.append(n)
        async with trio.open_nursery() as nursery:
            for child in (2 * n, 2 * n + 1):
                if child < 32:
                    nursery.start_soon(pool.submit, child)

    async with open_worker_pool(crawl, workers=4) as pool:
        await pool.submit(1)
    assert sorted(seen) == list(range(1, 32))


async def test_once_the_body_has_ended_others_are_refused_and_those_who_wait_are_told(autojump_clock):
    refused_at = []

    async def outsider(pool: WorkerPool[int], arrives: float) -> None:
        await trio.sleep(arrives)
        with pytest.raises(trio.ClosedResourceError, match="body of its block has ended"):
            await pool.submit(1)
        refused_at.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        async with open_worker_pool(a_second, workers=1, buffer=0) as pool:
            await pool.submit(0)
            nursery.start_soon(outsider, pool, 0.25)
            nursery.start_soon(outsider, pool, 0.75)
            await trio.sleep(0.5)
    assert refused_at == [0.5, 0.75]
    assert pool.ledger == PoolLedger(1, 1, 0, 0)


async def test_a_job_that_waits_to_submit_while_the_pool_drains_gets_its_turn(autojump_clock):
    done = []

    async def work(x: int) -> None:
        await trio.sleep(x)
        if x == 1:
            await pool.submit(3)
        done.append(x)

    async with open_worker_pool(work, workers=2, buffer=0) as pool:
        await pool.submit(1)
        await pool.submit(2)
    assert sorted(done) == [1, 2, 3]
    assert trio.current_time() == 5


async def test_a_job_that_waits_to_submit_when_the_body_ends_is_not_refused(autojump_clock):
    async def work(x: int) -> None:
        await trio.sleep(x)
        if x == 1:
            await pool.submit(2)

    async with open_worker_pool(work, workers=2, buffer=0) as pool:
        await pool.submit(1)
        await pool.submit(3)
        await trio.sleep(2)  # the first job waits from 1 to 3
    assert pool.ledger == PoolLedger(3, 3, 0, 0)
    assert trio.current_time() == 5


async def test_a_producer_in_the_block_of_a_broken_pool_is_cancelled_and_nothing_else(autojump_clock):
    """A handler for BrokenResourceError there is for producers outside; here the cancellation comes first."""
    seen: list[BaseException] = []
    go_on = trio.Event()

    async def work(_: object) -> None:
        await trio.sleep(1)
        go_on.set()  # wakes the producer in the instant of the failure
        raise ValueError

    async def produce(pool: WorkerPool[int]) -> None:
        await go_on.wait()
        try:
            await pool.submit(2)
        except (trio.BrokenResourceError, trio.Cancelled) as exc:
            seen.append(exc)
            raise

    with pytest.raises(ValueError):
        async with open_worker_pool(work) as pool:
            await pool.submit(1)
            await produce(pool)
    assert [type(exc) for exc in seen] == [trio.Cancelled]


@pytest.mark.parametrize("how", ["failed", "cancelled", "body"])
async def test_producers_outside_the_block_are_told_that_the_pool_is_broken(how, autojump_clock):
    """A normal end for a producer: it stops, and knows how many of its jobs were not accepted."""
    told: list[tuple[float, BaseException | None]] = []
    messages: set[str] = set()

    async def work(_: object) -> None:
        try:
            await trio.sleep(1 if how == "failed" else 100)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
        raise ValueError

    async def outsider(pool: WorkerPool[int], arrives: float) -> None:
        await trio.sleep(arrives)
        try:
            await pool.submit(1)
        except trio.BrokenResourceError as exc:
            told.append((trio.current_time(), exc.__cause__))
            messages.add(str(exc))

    async with trio.open_nursery() as nursery:
        try:
            with trio.move_on_after(3 if how == "cancelled" else math.inf):
                async with open_worker_pool(work, workers=1, buffer=0) as pool:
                    await pool.submit(0)
                    nursery.start_soon(outsider, pool, 0.5)  # waits
                    if how != "failed":
                        nursery.start_soon(outsider, pool, 4)  # comes while the job cleans up
                    await trio.sleep(3 if how == "body" else math.inf)
                    raise ValueError
        except ValueError:
            pass
    # The one who waited is told at once, not after the cleanup of the jobs.
    assert told[0][0] == 3
    assert len(told) == (1 if how == "failed" else 2)
    assert all(isinstance(cause, ValueError) == (how != "cancelled") for _, cause in told)
    assert messages == {"the worker pool was cancelled: stop producing"}
    assert pool.ledger.accepted == 1


async def test_a_pool_full_of_jobs_that_submit_to_it_is_told_so_instead_of_hanging(autojump_clock):
    """Producing into a bounded queue from its own consumers is a deadlock as soon as it is full."""

    async def fan_out(x: int) -> None:
        await trio.sleep(x)
        await pool.submit(0)
        await pool.submit(0)

    with pytest.raises(
        RuntimeError,
        match=r"^deadlock: the pool is full \(2 jobs\) and each of its 2 workers waits to submit to it; "
        r"use submit_nowait, a larger buffer, or a second pool$",
    ):
        async with open_worker_pool(fan_out, workers=2, buffer=0) as pool:
            await pool.submit(1)
            await pool.submit(2)
    assert trio.current_time() == 2
    assert pool.ledger == PoolLedger(accepted=2, succeeded=0, failed=1, returned=1)


async def test_producers_outside_that_wait_too_make_no_deadlock_of_one_job_that_waits(autojump_clock):
    done: list[int] = []

    async def work(x: int) -> None:
        await trio.sleep(2)
        if x == 0:
            await pool.submit(3)
        done.append(x)

    async with open_worker_pool(work, workers=2, buffer=0) as pool, trio.open_nursery() as nursery:
        await pool.submit(0)
        await trio.sleep(1)
        await pool.submit(1)
        nursery.start_soon(pool.submit, 2)
    assert sorted(done) == [0, 1, 2, 3]


async def test_a_job_that_gives_up_after_a_while_is_no_deadlock(autojump_clock):
    given_up = []

    async def fan_out(x: int) -> None:
        with trio.move_on_after(1) as scope:
            await pool.submit(x + 1)
        given_up.append(scope.cancelled_caught)

    async with open_worker_pool(fan_out, workers=1, buffer=0) as pool:
        await pool.submit(1)
    assert given_up == [True]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
async def test_a_producer_outside_is_told_of_an_interrupt_in_a_job(kind, autojump_clock):
    told: list[BaseException | None] = []

    async def work(_: object) -> None:
        await trio.sleep(1)
        raise kind

    async def outsider() -> None:
        with pytest.raises(trio.BrokenResourceError) as caught:
            await pool.submit(1)
        told.append(caught.value.__cause__)

    async with trio.open_nursery() as nursery:
        with pytest.raises(kind):
            async with open_worker_pool(work, workers=1, buffer=0) as pool:
                await pool.submit(0)
                nursery.start_soon(outsider)
                await trio.sleep_forever()
    assert [type(cause) for cause in told] == [kind]


async def test_workers_have_the_name_of_the_function_and_a_number(autojump_clock):
    names: list[str] = []

    async def work(_: object) -> None:
        names.append(trio.lowlevel.current_task().name)
        await trio.sleep(1)

    class Callable:
        __call__ = staticmethod(work)

    for fn, name in ((work, work.__qualname__), (Callable(), Callable.__qualname__)):
        names.clear()
        async with open_worker_pool(fn, workers=2) as pool:
            await pool.submit(1)
            await pool.submit(2)
        assert sorted(names) == [f"{name} (worker 1)", f"{name} (worker 2)"]


# --- context variables

var: contextvars.ContextVar[str] = contextvars.ContextVar("var", default="unset")


@pytest.mark.parametrize("suspends", [False, True])
async def test_a_job_sees_the_context_of_the_block_not_that_of_other_jobs_or_producers(suspends):
    seen = []

    async def work(x: int) -> None:
        seen.append(var.get())
        var.set(f"job {x}")
        if suspends:
            await trio.lowlevel.checkpoint()

    var.set("block's")
    async with open_worker_pool(work, workers=2) as pool:
        var.set("producer's")
        for x in range(10):
            await pool.submit(x)
    assert seen == ["block's"] * 10
    assert var.get() == "producer's"


# --- statistics


async def test_statistics_tell_how_full_it_is_and_how_long_producers_waited(autojump_clock):
    await trio.sleep(10)
    async with open_worker_pool(a_second, workers=2, buffer=3) as pool:
        assert pool.statistics() == PoolStatistics(0, 0, 0, 0.0)
        for x in range(4):
            await pool.submit(x)
        assert pool.statistics() == PoolStatistics(queued=2, peak_queued=2, in_flight=2, seconds_waited=0.0)
        await pool.submit(4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pool.submit, 5)
            nursery.start_soon(pool.submit, 6)
            nursery.start_soon(pool.submit, 7)
            await trio.sleep(0.5)
            assert pool.statistics() == PoolStatistics(
                queued=3, peak_queued=3, in_flight=2, seconds_waited=1.5
            )
            await trio.sleep(1)
            assert pool.statistics().seconds_waited == 1 + 1 + 1.5
    assert pool.statistics() == PoolStatistics(queued=0, peak_queued=3, in_flight=0, seconds_waited=4.0)
    with pytest.raises(AttributeError):
        pool.statistics().queued = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        pool.ledger.accepted = 1  # type: ignore[misc]


async def test_the_seconds_waited_never_shrink(autojump_clock):
    """Between the moment that ends a producer's wait and its next step, the wait is in the account too."""
    seen: list[float] = []

    async def work(_: object) -> None:
        seen.append(pool.statistics().seconds_waited)
        await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1.5):
            async with open_worker_pool(work, workers=1, buffer=0) as pool:
                await pool.submit("runs")
                nursery.start_soon(pool.submit, "waits")
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(refused, pool, "waits, and is refused")
                await trio.sleep_forever()
        seen.append(pool.statistics().seconds_waited)
    seen.append(pool.statistics().seconds_waited)
    assert seen == [0.0, 2.0, 2.5, 2.5]


async def refused(pool, job):
    with pytest.raises(trio.BrokenResourceError):
        await pool.submit(job)


async def test_the_ledger_can_be_read_at_any_time(autojump_clock):
    async with open_worker_pool(a_second, workers=1) as pool:
        for x in range(3):
            await pool.submit(x)
        await trio.sleep(1.5)
        assert pool.ledger == PoolLedger(accepted=3, succeeded=1, failed=0, returned=0)


# --- arguments


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"workers": 0}, ValueError, "workers must be an int >= 1, got 0"),
        ({"workers": 1.0}, TypeError, "workers must be an int >= 1, got 1.0"),
        ({"buffer": -1}, ValueError, "buffer must be an int >= 0, got -1"),
        ({"buffer": None}, TypeError, "buffer must be an int >= 0, got None"),
        ({"buffer": math.inf}, TypeError, "buffer must be an int >= 0, got inf"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise' or 'collect', got 'ignore'"),
    ],
)
def test_wrong_options_are_refused_at_the_call(options, error, message):
    with pytest.raises(error, match=message):
        open_worker_pool(nothing, **options)


async def test_four_workers_a_buffer_of_100_and_raise_unless_something_else_is_said(gauge, autojump_clock):
    async def work(_: int) -> None:
        with gauge:
            await trio.sleep(1)
        raise ValueError("work")

    with pytest.raises(ValueError, match=r"^work$"):
        async with open_worker_pool(work) as pool:
            for x in range(104):
                pool.submit_nowait(x)
            with pytest.raises(trio.WouldBlock):
                pool.submit_nowait(104)
            await trio.sleep(0.5)
            assert gauge.peak == 4


def test_what_is_not_an_async_function_is_refused_at_the_call():
    for wrong in (None, 3, nothing(1)):
        with pytest.raises(TypeError, match="async_fn must be an async function"):
            open_worker_pool(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("returned", [None, 3])
async def test_a_function_that_returns_no_awaitable_is_named_even_where_failures_are_collected(
    on_error, returned
):
    fn: Any = lambda _: returned  # noqa: E731
    told = f"async_fn must be an async function, but {fn!r} returned {returned!r}, which can't be awaited"
    with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
        async with open_worker_pool(fn, on_error=on_error) as pool:
            await pool.submit("job")
    assert pool.returned == ["job"]


async def test_a_type_error_of_the_functions_own_is_left_alone():
    async def work(_: object) -> None:
        raise TypeError("mine")

    def no_arguments() -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match=r"^mine$"):
        async with open_worker_pool(work) as pool:
            await pool.submit("job")
    with pytest.raises(TypeError, match="positional argument"):
        async with open_worker_pool(no_arguments) as pool:  # type: ignore[arg-type]
            await pool.submit("job")
