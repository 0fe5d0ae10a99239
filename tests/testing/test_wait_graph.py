"""The picture of a standstill: names, numbers, holders, circles."""

from __future__ import annotations

import time

import pytest
import trio
import trio.testing

from trio_patterns.testing import ExploreFailure, WaitGraph, WaitingTask, explore
from trio_patterns.testing.acquisitions import Acquisitions
from trio_patterns.testing.wait_graph import _cycle, all_tasks, wait_graph


async def graph_of(nursery: trio.Nursery, acquisitions: Acquisitions | None = None) -> WaitGraph:
    await trio.testing.wait_all_tasks_blocked()
    tasks = [task for child in nursery.child_tasks for task in all_tasks(child)]
    tasks.sort(key=lambda task: task._counter)  # type: ignore[attr-defined]
    graph = wait_graph(tasks, None if acquisitions is None else acquisitions.holders)
    nursery.cancel_scope.cancel()
    return graph


async def take(*locks: trio.Lock) -> None:
    async with locks[0]:
        await trio.testing.wait_all_tasks_blocked(0.001)
        for lock in locks[1:]:
            await lock.acquire()


async def test_tasks_of_one_name_and_objects_of_one_kind_are_numbered() -> None:
    a, b = trio.Lock(), trio.Lock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, a, b)
        nursery.start_soon(take, b, a)
        nursery.start_soon(trio.Event().wait)
        await trio.testing.wait_all_tasks_blocked(0.01)  # after theirs, which have no cushion
        graph = await graph_of(nursery)
    assert [str(task).splitlines()[0] for task in graph.tasks] == [
        "take #1 waits for a trio.Lock #1",
        "take #2 waits for a trio.Lock #2",
        "wait waits for a trio.Event",
    ]
    assert [[str(holder) for holder in task.held_by] for task in graph.tasks] == [
        ["take #2"],
        ["take #1"],
        [],
    ]
    assert graph.cycle == ("take #1", "take #2")
    assert str(graph).endswith("\nin a circle: take #1 -> take #2 -> take #1")


async def test_tasks_that_wait_for_one_thing_have_one_number() -> None:
    a, b = trio.Lock(), trio.Lock()
    async with a, b, trio.open_nursery() as nursery:
        for lock in (a, b, a):
            nursery.start_soon(lock.acquire)
            await trio.testing.wait_all_tasks_blocked()
        graph = await graph_of(nursery)
    assert [task.waits_for[-2:] for task in graph.tasks] == ["#1", "#2", "#1"]
    assert str(WaitingTask("native", "something outside", None, ())) == "native waits for something outside"


async def test_where_something_was_taken_is_known_if_it_was_recorded() -> None:
    lock = trio.Lock()

    async def hold() -> None:
        await lock.acquire()
        await trio.sleep_forever()

    async def want() -> None:
        await lock.acquire()

    acquisitions = Acquisitions()
    with acquisitions.recording():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hold)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(want)
            graph = await graph_of(nursery, acquisitions)
    (holder,) = graph.tasks[1].held_by
    assert holder.task == "hold"
    assert holder.acquired_at is not None
    assert holder.acquired_at.source == "await lock.acquire()"
    assert str(holder) == f"hold, since {holder.acquired_at}"
    assert graph.cycle == ()


async def test_a_semaphore_that_was_given_back_is_not_held() -> None:
    slots = trio.Semaphore(1)

    async def borrow() -> None:
        async with slots:
            pass
        await trio.sleep_forever()

    async def hold() -> None:
        await slots.acquire()
        await trio.sleep_forever()

    acquisitions = Acquisitions()
    with acquisitions.recording():
        slots.acquire_nowait()
        slots.release()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(borrow)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(hold)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(slots.acquire)
            graph = await graph_of(nursery, acquisitions)
    assert [holder.task for holder in graph.tasks[2].held_by] == ["hold"]


async def test_a_semaphore_as_a_signal_is_held_by_nobody() -> None:
    """One task takes, another one gives: the one that took has nothing any more."""
    signal = trio.Semaphore(0)

    async def give() -> None:
        signal.release()
        await trio.sleep_forever()

    async def wait_twice() -> None:
        await signal.acquire()
        signal.release()
        await signal.acquire()
        await signal.acquire()

    acquisitions = Acquisitions()
    with acquisitions.recording():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_twice)
            nursery.start_soon(give)
            graph = await graph_of(nursery, acquisitions)
    assert graph.tasks[0].waits_for == "a trio.Semaphore"
    assert [holder.task for holder in graph.tasks[0].held_by] == ["wait_twice"]


async def test_a_limiter_may_be_held_by_what_is_no_task() -> None:
    limiter = trio.CapacityLimiter(2)
    limiter.acquire_on_behalf_of_nowait("somebody")

    async def hold() -> None:
        async with limiter:
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(limiter.acquire)
        graph = await graph_of(nursery)
    assert [holder.task for holder in graph.tasks[1].held_by] == ["hold"]


async def test_a_holder_outside_the_picture_is_named_too() -> None:
    lock = trio.Lock()
    async with lock, trio.open_nursery() as nursery:
        nursery.start_soon(lock.acquire)
        graph = await graph_of(nursery)
    name = trio.lowlevel.current_task().name
    assert [holder.task for holder in graph.tasks[0].held_by] == [name]
    assert graph.cycle == ()


def test_a_parent_that_holds_what_its_child_wants() -> None:
    async def program() -> None:
        lock = trio.Lock()
        async with lock, trio.open_nursery() as nursery:
            nursery.start_soon(take, lock)

    with pytest.raises(ExploreFailure) as info:
        explore(program)
    assert info.value.graph is not None
    assert info.value.graph.cycle == ("program", "take")
    assert [task.waits_for for task in info.value.graph.tasks] == ["its tasks to end", "a trio.Lock"]


def test_a_notified_task_waits_for_who_holds_the_lock() -> None:
    async def program() -> None:
        condition = trio.Condition()
        done = trio.Event()

        async def waiter() -> None:
            async with condition:
                await condition.wait()
                done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waiter)
            await trio.sleep(1)
            async with condition:
                condition.notify()
                await done.wait()

    with pytest.raises(ExploreFailure) as info:
        explore(program, schedules=1)
    assert info.value.graph is not None
    program_, waiter_ = info.value.graph.tasks
    assert (program_.waits_for, waiter_.waits_for) == ("a trio.Event", "a trio.Lock")
    assert [holder.task for holder in waiter_.held_by] == ["program"]


def test_the_circle_among_many_edges() -> None:
    def circle(**edges: str) -> str:
        made: dict = {task: list(held) for task, held in edges.items()}
        return "".join(_cycle(made))

    assert circle(a="", b="a") == ""
    assert circle(a="b", b="a") == "ab"
    assert circle(a="a") == "a"
    assert circle(a="bc", b="d", c="d", d="") == ""
    assert circle(a="bc", b="", c="de", d="", e="c") == "ce"
    assert circle(a="b", b="c", c="d", d="b") == "bcd"
    assert circle(a="d", b="ca", c="b", d="") == "bc"


def test_the_search_for_a_circle_is_not_exponential() -> None:
    layers = 30
    edges: dict = {
        (layer, i): [(layer + 1, j) for j in range(3)] if layer < layers else []
        for layer in range(layers + 1)
        for i in range(3)
    }
    begun = time.perf_counter()
    assert _cycle(edges) == []
    assert time.perf_counter() - begun < 1
