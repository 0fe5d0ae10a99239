"""A model of a join set in plain Python, and the scripts that it and the real one follow.

Each task and each waiter has a fraction of a second of its own in what it sleeps, a power of two, so that no
two of them ever come due at once. Only tasks that one cancellation ends can do so in the same instant; the
model is told their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass
class Plan:
    seconds: int
    kind: str = "value"  # "error", "interrupt", "bad cleanup", "stubborn", or "parent" of another task
    cleanup: int | None = None
    keep: bool = True


KINDS = [*["value", "error", "error", "parent"] * 2, *["none"] * 3, "stubborn", "bad cleanup", "interrupt"]
plans = st.builds(
    Plan,
    st.sampled_from([0, 1, 1, 2, 5]),
    st.sampled_from(KINDS),
    st.sampled_from([None, None, 0, 2, 3]),
    st.sampled_from([True, True, False]),
)
NAMES = ["pause", *["take"] * 7, *["look", "join", "cancel", "join all"] * 3]
NAMES += ["nowait", "next", "cancel all", "shutdown"]
# In each step of the script a task is spawned, unless it is of the kind "none", and then something is done.
scripts = st.lists(st.tuples(plans, st.sampled_from(NAMES), st.integers(0, 10)), min_size=6, max_size=10)
Step = tuple[Plan, str, int]
PICKS = ("cancel", "look", "join")  # these are done to a task that was spawned before


def bit(number: int) -> float:
    return 2.0 ** -(number + 2)


def next_turn(now: float) -> float:
    """Return when the body goes on: it does so at multiples of half a second."""
    return math.floor(2 * now + 1) / 2


class Task:
    def __init__(self, key: int, plan: Plan) -> None:
        self.key, self.plan = key, plan
        self.ends = math.inf
        self.status: Any = None
        self.cancelled = self.seen = False
        self.reason = ""


class Model:
    """What the set should do. The body is a generator, which yields when it wakes, or what it waits for."""

    def __init__(self, limit: int | None, rank: dict[int, int]) -> None:
        self.limit, self.rank = limit or math.inf, rank
        self.tasks: list[Task] = []
        self.queue: list[Task] = []
        self.running: list[Task] = []
        self.done: list[Task] = []
        self.takers: list[tuple[int, float]] = []  # first come, first served; the time at which each gives up
        self.joiners: list[tuple[int, float, Task]] = []
        self.interrupts: list[tuple[str, int]] = []
        self.log: list[tuple[Any, ...]] = []
        self.now, self.doomed, self.raised = 0.0, False, False

    @property
    def idle(self) -> bool:
        return not self.queue and not self.running

    def start(self) -> None:
        while self.queue and len(self.running) < self.limit and not self.doomed:
            task = self.queue.pop(0)
            self.log.append(("start", self.now, task.key))
            task.ends = self.now + task.plan.seconds + bit(task.key)
            self.running.append(task)

    def spawn(self, key: int, plan: Plan) -> None:
        self.tasks.append(Task(key, plan))
        self.queue.append(self.tasks[-1])
        self.start()

    def end(self, task: Task, status: Any) -> None:
        task.status = status
        (self.queue if task in self.queue else self.running).remove(task)
        self.done.append(task)
        self.start()
        for joiner in [joiner for joiner in self.joiners if joiner[2] is task]:
            self.joiners.remove(joiner)
            self.see(task, joiner[0])
        if self.takers:
            self.take(self.takers.pop(0)[0])

    def run_out(self, task: Task) -> None:
        kind, ended_by = task.plan.kind, task.cancelled and task.plan.kind != "stubborn"
        if kind == "parent" and not ended_by:
            self.spawn(task.key + 1, Plan(1))
        if kind == ("bad cleanup" if ended_by else "error"):
            self.end(task, ("error", task.key))
        elif ended_by:
            self.end(task, ("cancelled", task.reason))
        elif kind == "interrupt":
            self.interrupts.append(("interrupt", task.key))
            self.doom("a task of the join set raised Interrupt")
            self.end(task, ("cancelled", "ended by Interrupt"))
        else:
            self.end(task, ("value", task.key))

    def cancel(self, task: Task, reason: str) -> None:
        if task in self.queue:
            self.end(task, ("cancelled", reason))
        elif task in self.running and not task.cancelled:
            task.cancelled, task.reason = True, reason
            if task.plan.kind != "stubborn":
                cleanup = task.plan.cleanup
                task.ends = self.now + (0 if cleanup is None else cleanup + bit(task.key))

    def cancel_all(self, reason: str) -> None:
        for task in self.queue + self.running:  # whoever waits first, so that none starts in another's place
            self.cancel(task, reason)

    def doom(self, reason: str) -> None:
        """Cancel the block: the body, which perhaps waits for a handle, and what runs."""
        self.doomed = True
        self.takers = [(taker, until) for taker, until in self.takers if until < math.inf]
        for task in list(self.running):
            self.cancel(task, reason)

    def see(self, task: Task, by: int) -> None:
        task.seen = True
        self.log.append(("saw", self.now, by, task.status))

    def take(self, by: int) -> None:
        task = self.done.pop(0)
        self.log += [("took", self.now, task.key, task.status), ("served", self.now, by)]
        if not self.done and self.idle:
            self.log += [("empty", self.now, taker) for taker, _ in self.takers]
            self.takers.clear()

    def take_or_wait(self, by: int, until: float) -> None:
        if self.done:
            self.take(by)
        elif self.idle:
            self.log.append(("empty", self.now, by))
        else:
            self.takers.append((by, until))

    def body(self, script: list[Step], fails: bool) -> Generator[float | Callable[[], bool]]:
        for number, (plan, op, arg) in enumerate(script):
            yield next_turn(self.now)
            if plan.kind != "none":
                self.spawn(3 * number, plan)
            yield next_turn(self.now)
            self.log.append(("len", self.now, len(self.queue + self.running + self.done)))
            key, task = (
                3 * number + 2,
                self.tasks[arg % len(self.tasks)] if op in PICKS and self.tasks else None,
            )
            kept = task is not None and task.plan.keep
            if op == "cancel" and kept:
                self.cancel(task, str(number))
            elif op == "look" and kept and task.status:
                self.see(task, key)
            elif op == "join" and kept:
                if task.status:
                    self.see(task, key)
                else:
                    self.joiners.append((key, self.now + arg % 8 + bit(key), task))
            elif op == "take":
                self.take_or_wait(key, self.now + arg % 8 + bit(key))
            elif op == "nowait":
                if self.done or self.idle:
                    self.take_or_wait(key, 0)
                else:
                    self.log.append(("block", self.now))
            elif op == "next":
                self.take_or_wait(key, math.inf)
                yield lambda key=key: all(taker != key for taker, _ in self.takers)
            elif op == "cancel all":
                self.cancel_all("all")
            elif op in ("join all", "shutdown"):
                # With others who take, or tasks on their way out, the order within an instant is open.
                live = self.queue + self.running
                if self.takers or any(task.cancelled for task in live):
                    self.log.append(("skip", self.now))
                    continue
                if op == "join all":
                    bad = lambda: any(task.status[0] != "value" for task in self.done)  # noqa: E731
                    yield lambda bad=bad: self.idle or bad()
                    if bad():
                        self.cancel_all("another task of the same join_all() has failed")
                else:
                    self.cancel_all("the join set is being shut down")
                yield lambda: self.idle
                self.log.append((op, self.now, *self.collect(op)))
        yield next_turn(self.now)
        self.raised = fails

    def collect(self, op: str) -> list[Any]:
        done, self.done = self.done, []
        if op == "shutdown":
            return [(task.key, task.status) for task in done]
        failures = [task.status for task in done if task.status[0] == "error"]
        cancelled = [task.key for task in self.tasks if task in done and task.status[0] == "cancelled"]
        values = [task.key for task in self.tasks if task in done]
        return ["raises", *failures] if failures else ["cancelled", cancelled[0]] if cancelled else values

    def run(self, script: list[Step], fails: bool, cancel_at: float) -> None:
        body = self.body(script, fails)
        waits: float | Callable[[], bool] | None = next(body)
        while True:
            if self.doomed:
                waits = None  # the body has been cancelled
            if callable(waits) and waits():
                waits = next(body, None)
                continue
            if self.raised:
                self.doom("the body raised")
            if waits is None and not self.running and (self.doomed or not self.queue):
                break
            wakes = waits if isinstance(waits, float) else math.inf
            ends = min(
                self.running, key=lambda t: (t.ends, self.rank.get(t.key, 0)), default=Task(0, Plan(0))
            )
            waiters = self.takers + self.joiners
            waiter = min(waiters, key=lambda w: w[1], default=(0, math.inf))
            self.now = min(wakes, ends.ends, waiter[1], math.inf if self.doomed else cancel_at)
            assert self.now < math.inf, "the model is stuck"
            if self.now == ends.ends:
                self.run_out(ends)
            elif self.now == waiter[1]:
                (self.takers if waiter in self.takers else self.joiners).remove(waiter)
                self.log.append(("gave up", self.now, waiter[0]))
            elif self.now == wakes:
                waits = next(body, None)
            else:
                self.doom("from outside")
        self.cancel_all("the join set was cancelled before it was this task's turn")
        failures = [task.status for task in self.done if task.status[0] == "error" and not task.seen]
        self.log.append(("exit", self.now, sorted([("body",)] * self.raised + self.interrupts + failures)))
        self.log.append(("left", [(task.key, task.status) for task in self.done]))
