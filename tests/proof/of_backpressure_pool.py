"""Proofs of `trio_patterns.backpressure`: the worker pool and its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.backpressure import WorkerPool, open_worker_pool
from trio_patterns.shutdown import CancellationToken


class Pool(Proof):
    """Base of them: jobs are ints, and whatever happens each is somewhere, once."""

    workers: ClassVar[int] = 2
    buffer: ClassVar[int] = 0
    on_error: ClassVar[Literal["raise", "collect"]] = "raise"
    jobs: ClassVar[Sequence[int]] = range(6)

    def begin(self) -> None:
        self.accepted: list[int] = []
        self.refused: list[int] = []
        self.begun: list[int] = []
        self.succeeded: list[int] = []
        self.failed: list[int] = []
        self.running = 0
        self.drained = False
        self.pool: WorkerPool[int] = open_worker_pool(
            self.work, workers=self.workers, buffer=self.buffer, on_error=self.on_error
        )

    async def work(self, job: int) -> None:
        self.begun.append(job)
        self.running += 1
        assert self.running <= self.workers
        try:
            await trio.sleep(job % 3 / 2)
            await trio.lowlevel.checkpoint()
            self.fail(job)
        except Exception:
            self.failed.append(job)
            raise
        finally:
            self.running -= 1
        self.succeeded.append(job)

    def fail(self, job: int) -> None:
        """Raise if this job is one that fails."""

    async def produce(self, jobs: Sequence[int], token: CancellationToken) -> None:
        for job in jobs:
            if token.cancelled:
                return
            try:
                await self.pool.submit(job)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self.refused.append(job)
                return
            except BaseException:
                self.refused.append(job)
                raise
            self.accepted.append(job)  # no await in between

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    def check(self) -> None:
        ledger, returned = self.pool.ledger, self.pool.returned
        assert ledger.accepted == ledger.succeeded + ledger.failed + ledger.returned
        assert ledger.accepted == len(self.accepted)
        assert ledger.succeeded == len(self.succeeded)
        assert ledger.failed == len(self.failed)
        assert [job for job, _ in self.pool.failures] == self.failed
        assert sorted(self.succeeded + self.failed + returned) == sorted(self.accepted)
        assert not {*self.refused} & {*self.accepted, *self.begun}
        assert len({*self.begun}) == len(self.begun)
        assert self.running == 0
        statistics = self.pool.statistics()
        assert (statistics.queued, statistics.in_flight) == (0, 0)
        assert statistics.peak_queued <= self.buffer
        assert not self.drained or returned == [], "a job was given back by a pool that nobody has cut short"

    def whole(self) -> None:
        assert sorted(self.succeeded + self.failed) == list(self.jobs)


@proves("open_worker_pool", "WorkerPool")
class PoolFedByItsBody(Pool):
    """One producer: jobs begin in the order in which they were accepted, and come back in it."""

    async def stopped(self, token: CancellationToken) -> None:
        async with self.pool:
            await self.produce(self.jobs, token)
        self.drained = True

    def check(self) -> None:
        super().check()
        assert self.begun == self.accepted[: len(self.begun)]
        assert self.pool.returned == [job for job in self.accepted if job in self.pool.returned]


@proves("open_worker_pool")
class PoolWithABufferFedByItsBody(PoolFedByItsBody):
    """The same with a buffer."""

    buffer = 2


@proves("open_worker_pool")
class PoolFedByTasksInItsBlock(Pool):
    """Two producers that wait for room, inside of the block."""

    async def stopped(self, token: CancellationToken) -> None:
        async with self.pool, trio.open_nursery() as nursery:
            nursery.start_soon(self.produce, self.jobs[::2], token)
            nursery.start_soon(self.produce, self.jobs[1::2], token)
        self.drained = True


@proves("open_worker_pool")
class PoolWithABufferFedByTasksInItsBlock(PoolFedByTasksInItsBlock):
    """The same with a buffer."""

    buffer = 2


@proves("open_worker_pool")
class PoolFedByTasksOutside(Pool):
    """Two producers that outlive the block: they are told, and keep the job that they have in hand."""

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as nursery:
            async with self.pool:
                nursery.start_soon(self.produce, self.jobs[::2], token)
                nursery.start_soon(self.produce, self.jobs[1::2], token)
                with token.scope():
                    await trio.sleep(1)
        self.drained = True

    def whole(self) -> None:
        assert sorted(self.succeeded + self.refused) == list(self.jobs)[: len(self.succeeded + self.refused)]


@proves("open_worker_pool")
class PoolWithABufferFedByTasksOutside(PoolFedByTasksOutside):
    """The same with a buffer."""

    buffer = 2

    def whole(self) -> None:
        assert {*self.succeeded} | {*self.refused} <= {*self.jobs}


@proves("open_worker_pool")
class PoolCollectsFailures(PoolFedByTasksInItsBlock):
    """A job that fails is in the account like any other, and the pool goes on."""

    on_error = "collect"
    buffer = 1

    def fail(self, job: int) -> None:
        if job % 2:
            raise LookupError(job)

    def whole(self) -> None:
        super().whole()
        assert sorted(self.failed) == [1, 3, 5]


@proves("open_worker_pool")
class PoolEndsWithAFailure(PoolFedByTasksOutside):
    """The first job that fails ends the pool; what was not finished comes back, and producers are told."""

    jobs = range(8)
    buffer = 2

    def fail(self, job: int) -> None:
        if job == 2:
            raise LookupError(job)

    async def stopped(self, token: CancellationToken) -> None:
        try:
            await super().stopped(token)
        except* LookupError:
            assert 2 in self.failed

    def whole(self) -> None:
        assert self.failed == [2]
        assert not self.drained


@proves("open_worker_pool")
class PoolFedByItsJobs(Pool):
    """Jobs that submit jobs while the pool drains; a full pool refuses them at once."""

    jobs = range(3)
    buffer = 2

    async def work(self, job: int) -> None:
        await super().work(job)
        if job < 3:
            try:
                self.pool.submit_nowait(job + 10)
            except (trio.WouldBlock, trio.BrokenResourceError):
                self.refused.append(job + 10)
            else:
                self.accepted.append(job + 10)

    async def stopped(self, token: CancellationToken) -> None:
        async with self.pool:
            await self.produce(self.jobs, token)
        self.drained = True

    def whole(self) -> None:
        assert sorted(self.succeeded + self.refused) == [0, 1, 2, 10, 11, 12]


@proves("WorkerPool")
class OneProducerGivesUp(Pool):
    """A submit that was given up has not submitted, also when the room comes in the same instant."""

    workers = 1
    jobs = (1, 4, 7, 10)

    async def patient(self) -> None:
        await self.produce([4], CancellationToken())

    async def impatient(self, job: int, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self.produce([job], CancellationToken())

    async def program(self) -> None:
        async with self.pool:
            await self.produce([1], CancellationToken())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.patient)
                nursery.start_soon(self.impatient, 7, 0.25)
                nursery.start_soon(self.impatient, 10, 0.5)
        self.drained = True

    async def stopped(self, token: CancellationToken) -> None:
        with token.scope():
            await self.program()

    def whole(self) -> None:
        assert sorted(self.succeeded + self.refused) == [1, 4, 7, 10]
        assert {1, 4} <= {*self.succeeded}
        assert 7 in self.refused
