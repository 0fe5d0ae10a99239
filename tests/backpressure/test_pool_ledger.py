"""The ledger adds up at the end, whatever happened: every accepted job is somewhere, and only once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.backpressure import WorkerPool, open_worker_pool


@dataclass
class Job:
    """A job that knows how it wants to end, and is counted where it turns up."""

    number: int
    seconds: float = 1
    fails: bool = False
    children: int = 0


@dataclass
class Account:
    """What the test itself saw, to hold against the pool's ledger."""

    accepted: list[Job] = field(default_factory=list)
    succeeded: list[Job] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)

    async def submit(self, pool: WorkerPool[Job], job: Job) -> None:
        await pool.submit(job)
        # No await in between: a submit that returned has been accepted, one that raised has not.
        self.accepted.append(job)

    def must_match(self, pool: WorkerPool[Job]) -> None:
        ledger = pool.ledger
        assert ledger.accepted == ledger.succeeded + ledger.failed + ledger.returned
        assert ledger.accepted == len(self.accepted)
        assert ledger.succeeded == len(self.succeeded)
        assert ledger.failed == len(self.failed) == len(pool.failures)
        assert ledger.returned == len(pool.returned)
        ended = self.succeeded + self.failed + pool.returned
        assert Counter(map(id, ended)) == Counter(map(id, self.accepted))
        assert [id(job) for job, _ in pool.failures] == [id(job) for job in self.failed]
        statistics = pool.statistics()
        assert (statistics.queued, statistics.in_flight) == (0, 0)


scripts = st.lists(
    st.lists(
        st.builds(
            Job,
            number=st.integers(0, 99),
            seconds=st.sampled_from([0, 0, 0.5, 1, 2]),
            fails=st.sampled_from([False, False, False, True]),
            children=st.sampled_from([0, 0, 0, 1]),
        ),
        max_size=12,
    ),
    min_size=1,
    max_size=4,
)


@given(
    scripts=scripts,
    workers=st.integers(1, 4),
    buffer=st.integers(0, 4),
    on_error=st.sampled_from(["raise", "collect"]),
    cancel_at=st.sampled_from([None, None, 0, 0.5, 1, 1.5, 2.25]),
    impatient=st.booleans(),
    body_fails_at=st.sampled_from([None, None, None, 1]),
    outside=st.booleans(),
)
def test_for_any_script_of_submits_failures_and_cancellations(
    scripts, workers, buffer, on_error, cancel_at, impatient, body_fails_at, outside
):
    account = Account()

    async def work(job: Job) -> None:
        if job.seconds:
            await trio.sleep(job.seconds)
        for n in range(job.children):
            try:
                pool.submit_nowait(child := Job(n))
            except (trio.WouldBlock, trio.BrokenResourceError):
                break
            account.accepted.append(child)
        if job.fails:
            account.failed.append(job)
            raise ValueError(job)
        account.succeeded.append(job)

    async def producer(script: list[Job]) -> None:
        for job in script:
            with trio.move_on_after(0.75 if impatient else 1000):
                try:
                    await account.submit(pool, job)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return

    async def main() -> None:
        nonlocal pool
        pool = open_worker_pool(work, workers=workers, buffer=buffer, on_error=on_error)
        async with trio.open_nursery() as outer:
            with trio.move_on_after(1000 if cancel_at is None else cancel_at):
                try:
                    async with pool, trio.open_nursery() as inner:
                        for script in scripts:
                            (outer if outside else inner).start_soon(producer, script)
                        if body_fails_at is not None:
                            await trio.sleep(body_fails_at)
                            raise KeyError
                        if outside:
                            await trio.sleep(3)
                except* (KeyError, ValueError):
                    pass

    pool: WorkerPool[Job] = None  # type: ignore[assignment]
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    account.must_match(pool)
    if cancel_at is None and body_fails_at is None and (on_error == "collect" or not account.failed):
        assert pool.returned == []


async def test_a_job_submitted_in_the_instant_of_the_cancel_is_accepted_and_returned_or_neither(
    autojump_clock,
):
    """The worker makes room and the deadline of the producer falls due in the same instant."""
    outcomes = set()
    account = Account()

    async def work(job: Job) -> None:
        await trio.sleep(1)
        account.succeeded.append(job)

    for _ in range(40):
        account = Account()
        async with open_worker_pool(work, workers=1, buffer=0) as pool:
            await account.submit(pool, Job(0))
            with trio.move_on_after(1):
                await account.submit(pool, Job(1))
        account.must_match(pool)
        outcomes.add(len(account.accepted))
    assert outcomes <= {1, 2}
