"""The pool's account at every point where it can be cut short, and however that comes about.

One scenario, run once for each step that any of its tasks takes; just before that step something ends the
pool: a cancelled scope around it, a failing job, an interrupt in a job, or a body that raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from trio_patterns.backpressure import WorkerPool, open_worker_pool


class Job:
    """Compared by identity, so that "the very jobs" means what it says."""

    def __init__(self, name: str, seconds: float, kind: str = "plain") -> None:
        self.name, self.seconds, self.kind = name, seconds, kind

    def __repr__(self) -> str:
        return self.name


class JobError(Exception):
    pass


class BodyError(Exception):
    pass


class Interrupt(BaseException):
    """As a KeyboardInterrupt is, without the risk of ending the test run."""


class Sweep:
    """Three producers, three workers, jobs of several kinds, and the test's own account of all of them."""

    def __init__(self, source: str, *, on_error: str, buffer: int, outside: bool) -> None:
        self.source, self.outside = source, outside
        self.called: list[Job] = []  # in this order the pool heard of them: who waits is served in turn
        self.accepted: list[Job] = []
        self.refused: list[Job] = []
        self.started: list[Job] = []
        self.succeeded: list[Job] = []
        self.failed: list[Job] = []
        self.thrown: list[BaseException] = []
        self.injected = False
        self.springs: type[BaseException] | None = None  # what the next job that gets its turn raises
        self.scope = trio.CancelScope()
        self.cut_short = trio.Event()
        self.pool: WorkerPool[Job] = open_worker_pool(
            self.work,
            workers=3,
            buffer=buffer,
            on_error=on_error,  # type: ignore[arg-type]
        )
        self.collects = on_error == "collect"

    def inject(self) -> None:
        self.injected = True
        match self.source:
            case "scope":
                self.scope.cancel()
            case "job":
                self.springs = JobError
            case "interrupt":
                self.springs = Interrupt
            case "body":
                self.cut_short.set()

    def throw(self, error: BaseException) -> None:
        self.thrown.append(error)
        raise error

    async def work(self, job: Job) -> None:
        self.started.append(job)
        try:
            await self.carry_out(job)
        except Exception:
            self.failed.append(job)
            raise
        self.succeeded.append(job)

    async def carry_out(self, job: Job) -> None:
        with trio.CancelScope(shield=job.kind == "finishes anyway"):
            for _ in range(2):
                try:
                    await trio.sleep(job.seconds / 2)
                except trio.Cancelled:
                    if job.kind == "cleans up":
                        with trio.CancelScope(shield=True):
                            await trio.sleep(0.25)
                    if job.kind == "cleans up badly":
                        self.throw(JobError(job))
                    raise
                if self.springs is not None:
                    what, self.springs = self.springs, None
                    self.throw(what(job))
        if job.kind == "fails":
            self.throw(JobError(job))

    async def produce(self, jobs: list[Job]) -> None:
        for job in jobs:
            self.called.append(job)
            try:
                await self.pool.submit(job)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self.refused.append(job)
                if self.outside:
                    return  # a normal end, for a producer that outlives the pool
                raise
            except trio.Cancelled:
                self.refused.append(job)
                raise
            self.accepted.append(job)

    async def body(self) -> None:
        with trio.move_on_after(2.5):
            await self.cut_short.wait()
            self.throw(BodyError())

    async def run(self) -> None:
        # With "raise" only a late job fails by itself: it ends the pool, and leaves nothing to cut short.
        early = "fails" if self.collects else "plain"
        scripts = [
            [Job("a1", 1), Job("a2", 0, early), Job("a3", 0.5), Job("a4", 2, "fails")],
            [Job("b1", 0.5, "cleans up"), Job("b2", 1, "finishes anyway"), Job("b3", 0.5, early)],
            [
                Job("c1", 0.5, "cleans up badly"),
                Job("c2", 0.5, "cleans up badly"),
                Job("c3", 0),
                Job("c4", 1),
            ],
        ]
        with self.scope:
            if self.outside:
                async with trio.open_nursery() as producers, self.pool:
                    for script in scripts:
                        producers.start_soon(self.produce, script)
                    await self.body()
            else:
                async with self.pool, trio.open_nursery() as producers:
                    for script in scripts:
                        producers.start_soon(self.produce, script)
                    await self.body()

    def check(self, escaped: list[BaseException]) -> None:
        pool, ledger = self.pool, self.pool.ledger
        # It adds up, and to what the jobs and the producers themselves have seen.
        assert ledger.accepted == ledger.succeeded + ledger.failed + ledger.returned
        assert ledger.accepted == len(self.accepted)
        assert ledger.succeeded == len(self.succeeded)
        assert ledger.failed == len(self.failed)
        # The very jobs that were accepted and did not end, in the order of acceptance.
        ended = {*self.succeeded, *self.failed}
        assert pool.returned == [job for job in self.called if job in self.accepted and job not in ended]
        # Whoever was told "no" or was cancelled has kept the job; nothing was started twice or unasked.
        assert {*self.accepted} | {*self.refused} == {*self.called}
        assert not {*self.refused} & {*self.started, *pool.returned, *self.accepted}
        assert {*self.started} <= {*self.accepted}
        assert len({*self.started}) == len(self.started)
        # No failure is dropped, and nothing escapes that was not thrown.
        assert [job for job, _ in pool.failures] == self.failed
        failures = [error for _, error in pool.failures]
        assert {*failures} == {error for error in self.thrown if isinstance(error, JobError)}
        assert {*escaped} == {*self.thrown} - ({*failures} if self.collects else set())
        assert len(escaped) == len({*escaped})
        statistics = pool.statistics()
        assert (statistics.queued, statistics.in_flight) == (0, 0)


@pytest.mark.parametrize(
    ("buffer", "outside"),
    [(0, False), (1, False), (2, False), (10, False), (0, True), (2, True)],
    ids=lambda value: value if isinstance(value, int) and not isinstance(value, bool) else f"outside={value}",
)
@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("source", ["scope", "job", "interrupt", "body"])
def test_at_every_step_the_ledger_adds_up_and_returned_holds_the_very_jobs(
    at_every_step: Callable[[Callable[[], Any]], int], source, on_error, buffer, outside
):
    """A job in flight, one in the queue, one whose producer is just being told: each is somewhere, once."""
    runs: list[Sweep] = []

    def make() -> Sweep:
        runs.append(Sweep(source, on_error=on_error, buffer=buffer, outside=outside))
        return runs[-1]

    assert at_every_step(make) > 25
    assert all(run.injected for run in runs[1:])
    # The sweep has been where it matters: with jobs to return, and with producers that were told "no".
    returned = max(len(run.pool.returned) for run in runs)
    refused = max(len(run.refused) for run in runs)
    if (source, on_error) == ("job", "collect"):
        assert (returned, refused) == (0, 0)
    else:
        assert returned >= min(buffer + 1, 3)
        assert refused >= (1 if buffer < 3 else 0)
