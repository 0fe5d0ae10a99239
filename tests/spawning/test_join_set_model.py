"""A join set against a model of it: random scripts, exact times, every handle and every failure."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spawning.join_set_model import PICKS, Model, Plan, Step, bit, next_turn, scripts
from trio_patterns._core.groups import leaves
from trio_patterns.spawning import JoinSet, TaskCancelled, TaskHandle, open_join_set


class TaskError(Exception):
    pass


class Interrupt(BaseException):
    """As a KeyboardInterrupt is, without the risk of ending the test run."""

    def __repr__(self) -> str:
        return "Interrupt"


class BodyError(Exception):
    pass


KINDS = {TaskError: "error", Interrupt: "interrupt", BodyError: "body"}


def described(error: BaseException) -> tuple[Any, ...]:
    return (KINDS[type(error)], *error.args)


def status_of(handle: TaskHandle[Any]) -> tuple[str, Any]:
    """Tell how a task has ended, as the model does."""
    try:
        return ("value", handle.result())
    except TaskError as error:
        return described(error)
    except TaskCancelled as cancelled:
        assert handle.cancelled
        return ("cancelled", "the body raised" if "BodyError" in str(cancelled.reason) else cancelled.reason)


class Real:
    """Follows a script with a real join set and writes the same log as the model."""

    def __init__(self, script: list[Step], fails: bool, cancel_at: float) -> None:
        self.script, self.fails, self.cancel_at = script, fails, cancel_at
        self.log: list[tuple[Any, ...]] = []
        self.spawned: list[tuple[int, Plan]] = []
        self.handles: dict[int, TaskHandle[Any]] = {}
        self.started: set[int] = set()
        self.ended: list[int] = []  # in this very order
        self.out: set[int] = set()  # cancelled, so that they are on their way out or will never start
        self.parked = 0

    def note(self, what: str, *more: Any) -> None:
        self.log.append((what, trio.current_time(), *more))

    async def work(self, tasks: JoinSet, key: int, plan: Plan) -> int:
        self.note("start", key)
        self.started.add(key)
        try:
            with trio.CancelScope(shield=plan.kind == "stubborn"):
                await trio.sleep(plan.seconds + bit(key))
            if plan.kind == "parent":
                self.spawn(tasks, key + 1, Plan(1))
        except trio.Cancelled:
            if plan.cleanup is not None:
                with trio.CancelScope(shield=True):
                    await trio.sleep(plan.cleanup + bit(key))
            if plan.kind == "bad cleanup":
                raise TaskError(key) from None
            raise
        finally:
            self.ended.append(key)
        if plan.kind in ("error", "interrupt"):
            raise (TaskError if plan.kind == "error" else Interrupt)(key)
        return key

    def spawn(self, tasks: JoinSet, key: int, plan: Plan) -> None:
        handle = tasks.spawn(self.work, tasks, key, plan, name=str(key))
        self.spawned.append((key, plan))
        if plan.keep:
            self.handles[key] = handle

    def take(self, by: int, handle: TaskHandle[Any] | None) -> None:
        if handle is None:
            self.note("empty", by)
        else:
            assert handle.done and self.handles.get(int(handle.name), handle) is handle
            self.note("served", by)
            self.note("took", int(handle.name), status_of(handle))

    async def wait(self, tasks: JoinSet, by: int, seconds: int, handle: TaskHandle[Any] | None) -> None:
        with trio.move_on_after(seconds + bit(by)) as scope:
            if handle is None:
                self.parked += 1
                try:
                    self.take(by, await tasks.join_next())
                finally:
                    self.parked -= 1
            else:
                with suppress(TaskError, TaskCancelled):
                    await handle.join()
                self.note("saw", by, status_of(handle))
        if scope.cancelled_caught:
            self.note("gave up", by)

    def is_open(self) -> bool:
        """Tell whether the order within an instant would be open if the body were to take all handles."""
        return bool(self.parked) or bool((self.out & self.started).difference(self.ended))

    async def body(self, tasks: JoinSet, waiters: trio.Nursery) -> None:
        for number, (plan, op, arg) in enumerate(self.script):
            await trio.sleep_until(next_turn(trio.current_time()))
            if plan.kind != "none":
                self.spawn(tasks, 3 * number, plan)
            await trio.sleep_until(next_turn(trio.current_time()))
            self.note("len", len(tasks))
            key = 3 * number + 2
            picked, handle = -1, None
            if op in PICKS and self.spawned:
                picked = self.spawned[arg % len(self.spawned)][0]
                handle = self.handles.get(picked)
            if op == "cancel" and handle:
                handle.cancel(str(number))
                self.out.add(picked)
            elif op == "look" and handle and handle.done:
                self.note("saw", key, status_of(handle))
            elif op == "take" or (op == "join" and handle):
                waiters.start_soon(self.wait, tasks, key, arg % 8, handle)
            elif op == "nowait":
                try:
                    self.take(key, tasks.join_next_nowait())
                except trio.WouldBlock:
                    self.note("block")
            elif op == "next":
                self.take(key, await tasks.join_next())
            elif op == "cancel all":
                tasks.cancel_all("all")
                self.out |= {key for key, _ in self.spawned}
            elif op in ("join all", "shutdown"):
                if self.is_open():
                    self.note("skip")
                elif op == "shutdown":
                    found = await tasks.shutdown()
                    self.note(op, *[(int(handle.name), status_of(handle)) for handle in found])
                else:
                    self.note(op, *await self.join_all(tasks))
        await trio.sleep_until(next_turn(trio.current_time()))
        if self.fails:
            raise BodyError

    async def join_all(self, tasks: JoinSet) -> list[Any]:
        try:
            return await tasks.join_all()
        except TaskCancelled as cancelled:
            return ["cancelled", int(cancelled.name)]
        except TaskError as error:
            return ["raises", described(error)]
        except ExceptionGroup as group:
            return ["raises", *map(described, group.exceptions)]

    async def main(self, limit: int | None) -> None:
        before = trio.lowlevel.current_statistics().tasks_living
        caught: BaseException | None = None
        scope = trio.CancelScope()
        async with trio.open_nursery() as canceller, trio.open_nursery() as waiters:
            canceller.start_soon(self.cancel, scope)
            with scope:
                try:
                    async with open_join_set(limit=limit) as tasks:
                        await self.body(tasks, waiters)
                except trio.Cancelled:
                    raise
                except BaseException as error:
                    caught = error
            raised = [] if caught is None else list(leaves(caught))
            assert isinstance(caught, BaseExceptionGroup) == (len(raised) > 1)
            self.note("exit", sorted(map(described, raised)))
            assert not self.fails or BodyError not in map(type, raised[1:]) or Interrupt in map(type, raised)
            with pytest.raises(trio.ClosedResourceError):
                self.spawn(tasks, -1, Plan(1))
            await trio.testing.wait_all_tasks_blocked()
            left = list(iter(tasks.join_next_nowait, None))
            self.log.append(("left", [(int(handle.name), status_of(handle)) for handle in left]))
            assert len(tasks) == 0 and repr(tasks) == "<JoinSet 0 running, 0 queued, 0 to collect>"
            canceller.cancel_scope.cancel()
        assert self.started == {*self.ended} and len(self.ended) == len(self.started)
        assert trio.lowlevel.current_statistics().tasks_living == before

    async def cancel(self, scope: trio.CancelScope) -> None:
        await trio.sleep_until(self.cancel_at)
        scope.cancel("from outside")


@given(
    limit=st.none() | st.integers(1, 3),
    script=scripts,
    fails=st.sampled_from([False, False, True]),
    cancel_at=st.sampled_from([math.inf] * 9 + [n + bit(40) for n in (1, 2, 4, 7, 11)]),
)
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_a_join_set_does_what_the_model_does(
    limit: int | None, script: list[Step], fails: bool, cancel_at: float
) -> None:
    """What starts when, who gets which handle when, what is raised, and what is left: nothing else."""
    real = Real(script, fails, cancel_at)
    trio.run(real.main, limit, clock=trio.testing.MockClock(autojump_threshold=0))
    model = Model(limit, {key: place for place, key in enumerate(real.ended)})
    model.run(script, fails, cancel_at)
    assert sorted(real.log, key=repr) == sorted(model.log, key=repr)
