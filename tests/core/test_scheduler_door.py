"""The door to what trio keeps private: still open, closed again afterwards, and its absence told."""

from __future__ import annotations

import contextlib
import random
import threading
from types import SimpleNamespace

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns._core import scheduler_door
from trio_patterns._core.scheduler_door import (
    age,
    can_be_aborted,
    has_returned,
    is_open,
    lock_awaited,
    pending_error,
    shields_around,
    task_order,
)
from trio_patterns.testing import SchedulerMoved, cancel_sweep, explore


async def nothing() -> None:
    await trio.lowlevel.checkpoint()


def test_this_trio_has_all_that_the_door_leads_to() -> None:
    """If this fails, trio has moved something: say so in `SchedulerMoved`, and find its new place."""
    assert scheduler_door._missing() is None
    assert is_open()
    assert isinstance(trio_run._r, random.Random)
    assert trio_run._ALLOW_DETERMINISTIC_SCHEDULING in (True, False)


async def test_a_blocked_task_shows_what_the_door_asks_for() -> None:
    """The parts that are missed in silence: ages, shields, nurseries, conditions."""
    condition = trio.Condition()
    tasks: list[trio.lowlevel.Task] = []

    async def wait() -> None:
        tasks.append(trio.lowlevel.current_task())
        with trio.CancelScope(shield=True), trio.CancelScope(), trio.CancelScope(shield=True):
            async with condition:
                await condition.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        (task,) = tasks
        assert age(task) > age(trio.lowlevel.current_task())
        assert len(shields_around(task)) == 2
        assert shields_around(trio.lowlevel.current_task()) == []
        assert can_be_aborted(task)
        assert lock_awaited(task, condition) is None
        async with condition:
            condition.notify()
            lock = lock_awaited(task, condition)
            assert lock is not None
            assert lock.statistics().tasks_waiting == 1
        assert isinstance(pending_error(task), type(None))
    assert isinstance(nursery, trio.Nursery)


async def test_a_child_that_returns_is_told_from_one_that_raises() -> None:
    seen: dict[str, bool] = {}
    frames: dict[trio.lowlevel.Task, object] = {}

    class Exits(trio.abc.Instrument):
        def task_exited(self, task: trio.lowlevel.Task) -> None:
            if task in frames:
                seen[task.name.rpartition(".")[2]] = has_returned(task, frames[task])

    def register() -> None:
        task = trio.lowlevel.current_task()
        frames[task] = task.coro.cr_frame  # type: ignore[attr-defined]

    async def fails() -> None:
        register()
        raise KeyError

    async def returns() -> None:
        register()
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep_forever()

    trio.lowlevel.add_instrument(exits := Exits())
    with pytest.raises(ExceptionGroup):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(returns)
            nursery.start_soon(fails)
    trio.lowlevel.remove_instrument(exits)
    assert seen == {"fails": False, "returns": True}


@pytest.mark.parametrize("name", ["_r", "_ALLOW_DETERMINISTIC_SCHEDULING", "Runner", "GLOBAL_RUN_CONTEXT"])
def test_what_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"_r": trio_run._r, "_ALLOW_DETERMINISTIC_SCHEDULING": False}
    parts |= {"Runner": trio_run.Runner, "GLOBAL_RUN_CONTEXT": trio_run.GLOBAL_RUN_CONTEXT}
    del parts[name]
    monkeypatch.setattr(scheduler_door, "_scheduler", lambda: SimpleNamespace(**parts))
    with pytest.raises(SchedulerMoved, match=rf"trio {trio.__version__} has no .*{name}.* any more") as info:
        explore(nothing)
    assert name in info.value.missing
    assert "use trio 0.31 to 0.35, or a newer trio_patterns" in str(info.value)
    assert cancel_sweep(nothing).points == 2


def test_a_task_without_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trio.lowlevel, "Task", SimpleNamespace(_next_send=None, _abort_func=None))
    with pytest.raises(SchedulerMoved, match=r"Task._attempt_abort"):
        explore(nothing)


def test_a_trio_without_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(scheduler_door, "import_module", no)
    assert not is_open()


def test_a_trio_that_does_not_ask_for_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"_r": trio_run._r, "_ALLOW_DETERMINISTIC_SCHEDULING": False}
    parts |= {"Runner": trio_run.Runner, "GLOBAL_RUN_CONTEXT": trio_run.GLOBAL_RUN_CONTEXT}
    monkeypatch.setattr(scheduler_door, "_scheduler", lambda: SimpleNamespace(**parts))
    with pytest.raises(SchedulerMoved, match=r"has no call of _r\.shuffle any more"):
        explore(nothing)


def test_only_this_thread_is_ordered_and_all_is_put_back() -> None:
    generator, switch = trio_run._r, trio_run._ALLOW_DETERMINISTIC_SCHEDULING
    asked: list[int] = []

    def order(batch: list[trio.lowlevel.Task]) -> None:
        asked.append(threading.get_ident())

    with task_order(order):
        assert trio_run._r is not generator
        assert 0 <= trio_run._r.random() < 1, "what else trio takes from it is there"
        thread = threading.Thread(target=trio.run, args=(nothing,))
        thread.start()
        thread.join()
        assert not asked
        trio.run(nothing)
    assert set(asked) == {threading.get_ident()}
    assert trio_run._r is generator
    assert trio_run._ALLOW_DETERMINISTIC_SCHEDULING is switch


def test_without_the_door_it_tells_nothing() -> None:
    empty: trio.lowlevel.Task = SimpleNamespace(parent_nursery=None)  # type: ignore[assignment]
    assert age(empty) == 0
    assert pending_error(empty) is None
    assert shields_around(empty) == []
    assert not can_be_aborted(empty)
    assert not has_returned(empty, object())
