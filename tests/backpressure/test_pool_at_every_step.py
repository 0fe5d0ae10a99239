"""The pool's account at every point where it can be cut short, and however that comes about.

One scenario, run once for each of its points, where something ends the pool: a cancellation around it, any
wait that fails, a failing job, an interrupt in a job, or a body that raises.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from trio_patterns._core.groups import leaves
from trio_patterns.backpressure import WorkerPool, open_worker_pool
from trio_patterns.testing import cancel_sweep


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


class WaitError(Exception):
    pass


class Scenario:
    """Three producers, three workers, jobs of several kinds, and the test's own account of all of them."""

    def __init__(self, *, on_error: str, buffer: int, outside: bool) -> None:
        self.outside = outside
        self.called: list[Job] = []  # in this order the pool heard of them: who waits is served in turn
        self.accepted: list[Job] = []
        self.refused: list[Job] = []
        self.started: list[Job] = []
        self.succeeded: list[Job] = []
        self.failed: list[Job] = []
        self.thrown: list[BaseException] = []
        self.failures: list[BaseException] = []
        self.escaped: list[BaseException] = []
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

    def end_it(self, how: str) -> None:
        """End the pool in one of the ways that need no tool."""
        match how:
            case "scope":
                self.scope.cancel()
            case "job":
                self.springs = JobError
            case "interrupt":
                self.springs = Interrupt
            case _:
                self.cut_short.set()

    def throw(self, error: BaseException) -> None:
        self.thrown.append(error)
        raise error

    async def work(self, job: Job) -> None:
        self.started.append(job)
        try:
            await self.carry_out(job)
        except Exception as error:
            self.failed.append(job)
            self.failures.append(error)
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
            except BaseException:
                self.refused.append(job)
                raise
            self.accepted.append(job)

    async def body(self) -> None:
        with trio.move_on_after(2.5):
            await self.cut_short.wait()
            self.throw(BodyError())

    async def run(self) -> None:
        try:
            await self.run_the_pool()
        except BaseException as exc:
            self.escaped += [leaf for leaf in leaves(exc) if not isinstance(leaf, trio.Cancelled)]
            await trio.lowlevel.checkpoint()  # goes on with a cancellation

    async def run_the_pool(self) -> None:
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

    def check(self) -> None:
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
        assert [error for _, error in pool.failures] == self.failures
        assert {*self.escaped} == {*self.thrown} - ({*self.failures} if self.collects else set())
        assert len(self.escaped) == len({*self.escaped})
        statistics = pool.statistics()
        assert (statistics.queued, statistics.in_flight) == (0, 0)


class Sweeps:
    """Makes a scenario for each run, and remembers where they have been."""

    def __init__(self, *, how: str = "", **kind: bool | int | str) -> None:
        self.how, self.kind = how, kind
        self.last: Scenario
        self.made: BaseException | None = None  # what is to be thrown into the run
        self.returned: set[int] = set()
        self.refused: set[int] = set()

    async def program(self) -> None:
        self.last = Scenario(**self.kind)  # type: ignore[arg-type]
        await self.last.run()

    async def ended_from_inside(self) -> None:
        """Turn the cancellation, at the very point at which it comes, into an end from inside."""
        scenario = self.last = Scenario(**self.kind)  # type: ignore[arg-type]
        over = False

        def abort(_: object) -> trio.lowlevel.Abort:
            if not over:
                scenario.end_it(self.how)
            return trio.lowlevel.Abort.SUCCEEDED

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.wait_task_rescheduled, abort)
            with trio.CancelScope(shield=True), scenario.scope:
                await scenario.run()
            over = True
            nursery.cancel_scope.cancel()

    def check(self) -> None:
        if self.made is not None and self.made.__traceback__ is not None:
            self.last.thrown.append(self.made)
        self.last.check()
        self.returned.add(len(self.last.pool.returned))
        self.refused.add(len(self.last.refused))

    def failing(self, error: type[BaseException]) -> Callable[[], BaseException]:
        def make() -> BaseException:
            self.made = error()
            return self.made

        return make

    def must_have_been_where_it_matters(self, buffer: int) -> None:
        """Assert that there were jobs to return, and producers that were told "no"."""
        assert max(self.returned) >= min(buffer + 1, 3)
        assert max(self.refused) >= (1 if buffer < 3 else 0)


@pytest.mark.parametrize(
    ("buffer", "outside"),
    [(0, False), (1, False), (2, False), (10, False), (0, True), (2, True)],
    ids=lambda value: value if isinstance(value, int) and not isinstance(value, bool) else f"outside={value}",
)
@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("how", ["scope", "job", "interrupt", "body"])
def test_at_every_point_the_ledger_adds_up_and_returned_holds_the_very_jobs(how, on_error, buffer, outside):
    """A job in flight, one in the queue, one whose producer is just being told: each is somewhere, once."""
    sweeps = Sweeps(how=how, on_error=on_error, buffer=buffer, outside=outside)
    report = cancel_sweep(sweeps.ended_from_inside, check=sweeps.check, within=6)
    assert report.points > 25
    assert report.missed == 0
    if (how, on_error) == ("job", "collect"):
        assert sweeps.returned == sweeps.refused == {0}
    else:
        sweeps.must_have_been_where_it_matters(buffer)


@pytest.mark.parametrize(("buffer", "outside"), [(1, False), (2, True)])
@pytest.mark.parametrize("on_error", ["raise", "collect"])
@pytest.mark.parametrize("error", [WaitError, Interrupt])
def test_whatever_wait_fails_the_ledger_adds_up(error, on_error, buffer, outside):
    """It may be a wait of a job, of a producer, of the body, or one within the pool."""
    sweeps = Sweeps(on_error=on_error, buffer=buffer, outside=outside)
    report = cancel_sweep(sweeps.program, check=sweeps.check, fault=sweeps.failing(error), within=6)
    assert report.points > 10
    sweeps.must_have_been_where_it_matters(buffer)
