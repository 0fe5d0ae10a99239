"""Who is in which nursery: `Nursery.start` from everywhere, and tasks in a nursery of somebody else."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
import trio
import trio.testing

from trio_patterns.timeline import NurseryRecord, Timeline, mark, record


def names(nursery: NurseryRecord) -> list[str]:
    return [task.name for task in nursery.tasks]


async def serve(task_status: trio.TaskStatus[None]) -> None:
    await trio.sleep(1)
    task_status.started()
    await trio.sleep(1)


async def test_a_task_that_a_stranger_starts_in_a_recorded_nursery(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def inside() -> None:
        with record() as timeline:
            async with trio.open_nursery() as nursery:
                nurseries.append(nursery)
                await trio.sleep(1.5)
        timelines.append(timeline)

    nurseries: list[trio.Nursery] = []
    timelines: list[Timeline] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inside)
        await trio.sleep(0.25)
        await nurseries[0].start(serve)
        await nurseries[0].start(serve, name="second")
        with trio.CancelScope() as scope:
            scope.cancel()
            await nursery.start(serve)  # it is cancelled before it is started
    (top,) = timelines[0].recording.tasks
    (below,) = top.nurseries
    assert names(below) == ["serve", "second"]
    task = below.tasks[0]
    assert (task.name, task.start, task.end, task.ending.kind) == ("serve", 1.25, 2.25, "finished")
    assert [(span.start, span.end, span.label) for span in task.spans] == [(1.25, 2.25, "sleep")]


async def test_what_ends_in_the_step_in_which_it_moves_in_is_not_seen(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def at_once(task_status: trio.TaskStatus[None]) -> None:
        await trio.sleep(0.1)
        task_status.started()

    async def inside() -> None:
        with record() as timeline:
            async with trio.open_nursery() as nursery:
                nurseries.append(nursery)
                await trio.sleep(1)
        assert [task.name for task in timeline.recording.all_tasks()] == ["inside"]

    nurseries: list[trio.Nursery] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inside)
        await trio.sleep(0.5)
        await nurseries[0].start(at_once)


@pytest.mark.parametrize("max_events", [1, 2, 3, 10])
async def test_start_with_hardly_any_events(autojump_clock: trio.testing.MockClock, max_events: int) -> None:
    async def fail(task_status: trio.TaskStatus[None]) -> None:
        await trio.sleep(1)
        raise ValueError

    with record(max_events=max_events) as timeline:
        for _ in range(10):
            async with trio.open_nursery() as nursery:
                await nursery.start(serve)
                with pytest.raises(ValueError):
                    await nursery.start(fail)
                with trio.move_on_after(0.5):
                    await nursery.start(serve)
                with trio.move_on_after(0):
                    await nursery.start(serve)
                assert timeline.to_text()
    recording = timeline.recording
    assert sum(len(task.spans) for task in recording.all_tasks()) <= max_events
    assert recording.dropped > 0
    assert not timeline._book.nurseries


async def test_a_nursery_that_is_closed(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            pass
        with pytest.raises(RuntimeError, match="closed"):
            await nursery.start(serve)
        with pytest.raises(RuntimeError, match="closed"):
            nursery.start_soon(serve)
        await trio.sleep(1)
    (task,) = timeline.recording.all_tasks()
    assert task.nurseries == ()


async def test_tasks_that_no_task_starts(autojump_clock: trio.testing.MockClock) -> None:
    """Instruments and abort functions run between the tasks."""

    class Spawner(trio.abc.Instrument):
        def before_io_wait(self, timeout: float) -> None:
            trio.lowlevel.remove_instrument(self)
            nursery.start_soon(trio.sleep, 1, name="by an instrument")

    def abort(_: object) -> trio.lowlevel.Abort:
        nursery.start_soon(trio.sleep, 1, name="by an abort")
        return trio.lowlevel.Abort.SUCCEEDED

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            trio.lowlevel.add_instrument(Spawner())
            with trio.move_on_after(1):
                await trio.lowlevel.wait_task_rescheduled(abort)
    (below,) = timeline.recording.tasks[0].nurseries
    assert names(below) == ["by an instrument", "by an abort"]
    assert below.end == 2


def test_a_guest_run_and_a_run_in_a_thread_while_another_records() -> None:
    inner = Timeline()

    async def other() -> None:
        mark("in the other run")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0.01, name="there")

    async def main() -> Timeline:
        with record() as timeline:
            await trio.to_thread.run_sync(lambda: trio.run(other, instruments=[inner]))
            mark("here")
        return timeline

    outer = trio.run(main)
    assert [task.name for task in inner.recording.all_tasks()] == ["other", "there"]
    assert [one.text for one in inner.recording.tasks[0].marks] == ["in the other run"]
    assert [task.name for task in outer.recording.all_tasks()] == ["main"]
    assert [one.text for one in outer.recording.tasks[0].marks] == ["here"]


@pytest.mark.parametrize("kind", ["tasks", "a starter", "nurseries", "start"])
async def test_memory_is_flat(autojump_clock: trio.testing.MockClock, kind: str) -> None:
    async def rounds(count: int) -> None:
        for _ in range(count):
            if kind == "nurseries":
                async with trio.open_nursery() as below:
                    below.start_soon(trio.lowlevel.checkpoint)
            elif kind == "start":
                await nursery.start(at_once)
            elif kind == "a starter":
                starter.start_soon(trio.sleep, 1)
                await trio.sleep(1)
            else:
                for _ in range(20):
                    nursery.start_soon(trio.lowlevel.checkpoint)
                await trio.testing.wait_all_tasks_blocked()

    async def at_once(task_status: trio.TaskStatus[None]) -> None:
        task_status.started()

    with record(max_events=100) as timeline:
        async with trio.open_nursery() as nursery, trio.open_nursery() as starter:
            tracemalloc.start()
            try:
                await rounds(300)
                gc.collect()
                before, _ = tracemalloc.get_traced_memory()
                await rounds(2000)
                gc.collect()
                after, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    # 2000 tracks would take a megabyte.
    assert after - before < 100_000
    assert len(list(timeline.recording.all_tasks())) <= 102
