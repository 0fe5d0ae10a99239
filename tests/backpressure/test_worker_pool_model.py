"""A worker pool against a model of it: random scripts, exact times, every job and every number."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backpressure.worker_pool_model import Model, Op, Plan, bit, scripts
from trio_patterns._core.groups import leaves
from trio_patterns.backpressure import WorkerPool, open_worker_pool


class JobError(Exception):
    pass


class BodyError(Exception):
    pass


class Interrupt(BaseException):
    """As a KeyboardInterrupt is, without the risk of ending the test run."""


KINDS = {JobError: "error", Interrupt: "interrupt", BodyError: "body", RuntimeError: "deadlock"}
REFUSALS = {trio.ClosedResourceError: "closed", trio.BrokenResourceError: "broken", trio.WouldBlock: "block"}


def described(error: BaseException) -> tuple[Any, ...]:
    """Name an exception as the model does."""
    if type(error) is RuntimeError:
        assert "deadlock" in str(error)
        return ("deadlock",)
    return (KINDS[type(error)], *error.args)


class Job:
    """Compared by identity, so that "the very jobs" means what it says."""

    def __init__(self, key: int, plan: Plan) -> None:
        self.key, self.plan = key, plan


class Real:
    """Follows a script with a real pool and writes the same log as the model."""

    pool: WorkerPool[Job]

    def __init__(self, script: list[Op], fails: bool, cancel_at: float) -> None:
        self.script, self.fails, self.cancel_at = script, fails, cancel_at
        self.log: list[tuple[Any, ...]] = []
        self.failed: list[tuple[Job, BaseException]] = []
        self.producers: dict[int, trio.CancelScope] = {}
        self.jobs: dict[int, Job] = {}

    def note(self, what: str, *more: Any) -> None:
        self.log.append((what, trio.current_time(), *more))

    def job(self, key: int, plan: Plan) -> Job:
        self.jobs[key] = Job(key, plan)
        return self.jobs[key]

    async def work(self, job: Job) -> None:
        self.note("start", job.key)
        try:
            await self.carry_out(job)
        except Exception as error:
            self.failed.append((job, error))
            raise

    async def carry_out(self, job: Job) -> None:
        plan = job.plan
        try:
            with trio.CancelScope(shield=plan.kind == "stubborn"):
                await trio.sleep(plan.seconds + bit(job.key))
            if plan.kind == "submits":
                await self.pool.submit(self.job(job.key + 1, Plan(1)))
        except trio.Cancelled:
            if plan.seconds_of_cleanup(job.key):
                with trio.CancelScope(shield=True):
                    await trio.sleep(plan.seconds_of_cleanup(job.key))
            if plan.kind == "bad cleanup":
                raise JobError(job.key) from None
            raise
        if plan.kind in ("error", "interrupt"):
            raise (JobError if plan.kind == "error" else Interrupt)(job.key)
        if plan.kind == "offers":
            with suppress(trio.WouldBlock):
                self.pool.submit_nowait(self.job(job.key + 1, Plan(1)))

    async def produce(self, job: Job, patience: float) -> None:
        with trio.move_on_after(patience) as self.producers[job.key]:
            try:
                await self.pool.submit(job)
                self.note("accepted", job.key)
            except (trio.ClosedResourceError, trio.BrokenResourceError) as error:
                self.note(REFUSALS[type(error)], job.key)
        if self.producers[job.key].cancelled_caught:
            self.note("gave up", job.key)

    async def body(self, producers: trio.Nursery) -> None:
        for number, (op, plan, arg) in enumerate(self.script):
            await trio.sleep_until(math.floor(trio.current_time()) + 1)
            self.look()
            job = self.job(2 * number, plan)
            if op == "producer":
                producers.start_soon(self.produce, job, arg + bit(job.key) if arg < 5 else math.inf)
            elif op == "submit":
                await self.pool.submit(job)
                self.note("accepted", job.key)
            elif op == "nowait":
                try:
                    self.pool.submit_nowait(job)
                    self.note("accepted", job.key)
                except trio.WouldBlock:
                    self.note("block", job.key)
            elif op == "cancel" and self.producers:
                list(self.producers.values())[arg % len(self.producers)].cancel()
        await trio.sleep_until(math.floor(trio.current_time()) + 1)
        if self.fails:
            raise BodyError

    def look(self) -> None:
        numbers, ledger = self.pool.statistics(), self.pool.ledger
        flow = (numbers.queued, numbers.peak_queued, numbers.in_flight, numbers.seconds_waited)
        self.note("look", *flow, ledger.accepted, ledger.succeeded, ledger.failed)

    async def main(self, workers: int, buffer: int, collect: bool) -> None:
        before = trio.lowlevel.current_statistics().tasks_living
        caught: BaseException | None = None
        scope = trio.CancelScope()
        self.pool = open_worker_pool(
            self.work, workers=workers, buffer=buffer, on_error="collect" if collect else "raise"
        )
        async with trio.open_nursery() as producers, trio.open_nursery() as canceller:
            canceller.start_soon(self.cancel, scope)
            with scope:
                try:
                    async with self.pool:
                        await self.body(producers)
                except trio.Cancelled:
                    raise
                except BaseException as error:
                    caught = error
            canceller.cancel_scope.cancel()
            raised = [] if caught is None else list(leaves(caught))
            assert isinstance(caught, BaseExceptionGroup) == (len(raised) > 1)
            self.check(raised)
            with pytest.raises(trio.ClosedResourceError):
                await self.pool.submit(Job(-1, Plan(0)))
        assert trio.lowlevel.current_statistics().tasks_living == before

    def check(self, raised: list[BaseException]) -> None:
        pool, ledger = self.pool, self.pool.ledger
        self.look()
        returned = [job.key for job in pool.returned]
        failed = sorted(job.key for job, _ in self.failed)
        self.note("exit", sorted(map(described, raised)), failed, returned)
        assert ledger.accepted == ledger.succeeded + ledger.failed + ledger.returned
        assert ledger.returned == len(returned)
        assert all(job is self.jobs[job.key] for job in pool.returned)
        assert pool.failures == self.failed  # the very jobs and exceptions, in the order of failing

    async def cancel(self, scope: trio.CancelScope) -> None:
        await trio.sleep_until(self.cancel_at)
        scope.cancel()


@given(
    workers=st.integers(1, 3),
    buffer=st.integers(0, 3),
    collect=st.booleans(),
    script=scripts,
    fails=st.sampled_from([False, False, True]),
    cancel_at=st.sampled_from([math.inf] * 9 + [n + bit(40) for n in (1, 3, 5, 8, 12)]),
)
@settings(max_examples=2 * settings().max_examples, deadline=None)
def test_a_worker_pool_does_what_the_model_does(
    workers: int, buffer: int, collect: bool, script: list[Op], fails: bool, cancel_at: float
) -> None:
    """What is accepted, starts, ends, fails, comes back, when, in which order; all numbers at all times."""
    real = Real(script, fails, cancel_at)
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(real.main, workers, buffer, collect, clock=clock)
    model = Model(workers, buffer, collect)
    model.run(script, fails, cancel_at)
    assert sorted(real.log, key=repr) == sorted(model.log, key=repr)
