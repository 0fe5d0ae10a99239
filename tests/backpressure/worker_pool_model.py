"""A model of a worker pool in plain Python, and the scripts that it and the real one follow.

Each job and each producer has a fraction of a second of its own in what it sleeps, a power of two, so that no
two of them ever come due at once.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass
class Plan:
    seconds: int
    kind: str = "value"  # "submits" and "offers": one more job, at its end
    cleanup: int | None = None

    def seconds_of_cleanup(self, key: int) -> float:
        # A failure in the very instant of the cancellation: the worker may or may not have seen the latter.
        at_once = self.cleanup is None and self.kind != "bad cleanup"
        return 0.0 if at_once else (self.cleanup or 0) + bit(key)


KINDS = [*["value"] * 6, *["submits", "offers"] * 4, "error", "stubborn", "bad cleanup", "interrupt"]
plans = st.builds(Plan, st.integers(0, 6), st.sampled_from(KINDS), st.sampled_from([None, None, 0, 1, 2]))
NAMES = ["pause", *["producer"] * 6, *["nowait"] * 3, *["submit"] * 2, "cancel"]
# The number is a producer's patience in seconds, or says which producer is cancelled.
scripts = st.lists(st.tuples(st.sampled_from(NAMES), plans, st.integers(0, 12)), min_size=6, max_size=18)
Op = tuple[str, Plan, int]


def bit(number: int) -> float:
    return 2.0 ** -(number + 1)


class Job:
    def __init__(self, key: int, plan: Plan) -> None:
        self.key, self.plan = key, plan
        self.ends = math.inf
        self.cancelled = False


@dataclass
class Waiter:
    job: Job
    since: float
    gives_up: float
    by: Job | str  # the job that submits, "body", or "producer"


class Model:
    """What the pool should do. The body is a generator: it yields when it wakes, or the waiter that it is."""

    def __init__(self, workers: int, buffer: int, collect: bool) -> None:
        self.workers, self.capacity, self.collect = workers, workers + buffer, collect
        self.queue: list[Job] = []
        self.in_hand: list[Job] = []
        self.waiting: list[Waiter] = []
        self.leftover: list[Job] = []
        self.failed: list[int] = []
        self.raised: list[tuple[Any, ...]] = []
        self.log: list[tuple[Any, ...]] = []
        self.now = self.waited = 0.0
        self.accepted = self.succeeded = self.peak = 0
        self.state = "open"

    # Jobs

    def accept(self, job: Job) -> None:
        self.accepted += 1
        self.queue.append(job)
        self.peak = max(self.peak, len(self.queue) + len(self.in_hand) - self.workers)
        self.start()

    def start(self) -> None:
        while self.queue and len(self.in_hand) < self.workers:
            job = self.queue.pop(0)
            self.in_hand.append(job)
            job.ends = self.now + job.plan.seconds + bit(job.key)
            self.log.append(("start", self.now, job.key))

    def finish(self, job: Job) -> None:
        self.in_hand.remove(job)
        if self.waiting:
            waiter = self.stop_waiting(self.waiting[0])
            self.accept(waiter.job)
            if isinstance(waiter.by, Job):
                self.succeed(waiter.by)
            else:
                self.log.append(("accepted", self.now, waiter.job.key))
        self.start()

    def succeed(self, job: Job) -> None:
        self.succeeded += 1
        self.finish(job)

    def fail(self, job: Job, error: tuple[Any, ...]) -> None:
        self.failed.append(job.key)
        if not self.collect:
            self.raised.append(error)
            self.break_()
        self.finish(job)

    def run_out(self, job: Job) -> None:
        kind, ended_by = job.plan.kind, job.cancelled and job.plan.kind != "stubborn"
        job.ends = math.inf
        child = Job(job.key + 1, Plan(1))
        if kind == ("bad cleanup" if ended_by else "error"):
            self.fail(job, ("error", job.key))
        elif ended_by:
            pass  # it stays in hand, to be returned
        elif kind == "interrupt":
            self.raised.append(("interrupt", job.key))
            self.break_()
            job.ends = math.inf  # nor does it end in any other way
        elif kind == "submits" and self.is_full():
            if sum(isinstance(waiter.by, Job) for waiter in self.waiting) == self.workers - 1:
                self.fail(job, ("deadlock",))
            else:
                self.waiting.append(Waiter(child, self.now, math.inf, job))
        else:
            if kind == "submits" or (kind == "offers" and not self.is_full()):
                self.accept(child)
            self.succeed(job)

    def is_full(self) -> bool:
        return len(self.queue) + len(self.in_hand) == self.capacity

    def break_(self) -> None:
        if self.state == "broken":
            return
        self.state = "broken"
        self.leftover, self.queue = self.queue, []
        self.refuse("broken")
        for job in self.in_hand:
            job.cancelled = True
            if job.plan.kind != "stubborn":
                job.ends = self.now + job.plan.seconds_of_cleanup(job.key)

    # Producers

    def stop_waiting(self, waiter: Waiter) -> Waiter:
        self.waiting.remove(waiter)
        self.waited += self.now - waiter.since
        return waiter

    def refuse(self, why: str) -> None:
        for waiter in list(self.waiting):
            if why == "broken" or waiter.by == "producer":
                self.stop_waiting(waiter)
            if waiter.by == "producer":
                self.log.append((why, self.now, waiter.job.key))

    def submit(self, job: Job, gives_up: float, by: str) -> Waiter | None:
        if self.state != "open":
            self.log.append((self.state, self.now, job.key))
        elif self.is_full():
            self.waiting.append(Waiter(job, self.now, gives_up, by))
            return self.waiting[-1]
        else:
            self.log.append(("accepted", self.now, job.key))
            self.accept(job)
        return None

    def body(self, script: list[Op]) -> Generator[float | Waiter]:
        producers: list[int] = []
        for number, (op, plan, arg) in enumerate(script):
            yield math.floor(self.now) + 1.0
            self.look()
            job = Job(2 * number, plan)
            if op == "producer":
                producers.append(job.key)
                self.submit(job, self.now + arg + bit(job.key) if arg < 5 else math.inf, "producer")
            elif op == "submit":
                waiter = self.submit(job, math.inf, "body")
                if waiter:
                    yield waiter
            elif op == "nowait":
                if self.is_full():
                    self.log.append(("block", self.now, job.key))
                else:
                    self.submit(job, 0, "body")
            elif op == "cancel" and producers:
                self.give_up(producers[arg % len(producers)])
        yield math.floor(self.now) + 1.0

    def give_up(self, key: int) -> None:
        for waiter in [waiter for waiter in self.waiting if waiter.job.key == key]:
            self.stop_waiting(waiter)
            self.log.append(("gave up", self.now, key))

    def look(self) -> None:
        unfinished = len(self.queue) + len(self.in_hand)
        flow = (max(0, unfinished - self.workers), self.peak, min(unfinished, self.workers))
        waited = self.waited + sum(self.now - waiter.since for waiter in self.waiting)
        self.log.append(("look", self.now, *flow, waited, self.accepted, self.succeeded, len(self.failed)))

    def run(self, script: list[Op], fails: bool, cancel_at: float) -> None:
        body = self.body(script)
        waits: float | Waiter | None = next(body)
        while True:
            if self.state == "broken":
                waits = None  # the body has been cancelled, or has raised
            if isinstance(waits, Waiter) and waits not in self.waiting:
                waits = next(body, None)
            elif waits is None and self.state == "open":
                if fails:
                    self.raised.append(("body",))
                    self.break_()
                else:
                    self.state = "closed"  # to all but its own jobs
                    self.refuse("closed")
            ends = min(self.in_hand, key=lambda job: job.ends, default=Job(0, Plan(0)))
            if (
                not self.in_hand
                if self.state == "closed"
                else ends.ends == math.inf and self.state == "broken"
            ):
                break
            wakes = waits if isinstance(waits, float) else math.inf
            gives_up = min((waiter.gives_up for waiter in self.waiting), default=math.inf)
            self.now = min(wakes, ends.ends, gives_up, math.inf if self.state == "broken" else cancel_at)
            assert self.now < math.inf, "the model is stuck"
            if self.now == ends.ends:
                self.run_out(ends)
            elif self.now == gives_up:
                self.give_up(next(w.job.key for w in self.waiting if w.gives_up == self.now))
            elif self.now == wakes:
                waits = next(body, None)
            else:
                self.break_()
        returned = [job.key for job in self.in_hand + self.leftover]
        self.in_hand.clear()
        self.look()
        self.log.append(("exit", self.now, sorted(self.raised), sorted(self.failed), returned))
