"""`spawn` and `TaskHandle`: one task, its result, its end."""

from __future__ import annotations

import contextvars
import functools
import gc
import pickle
import re
import weakref
from contextlib import suppress

import pytest
import trio
import trio.testing
from trio.testing import wait_all_tasks_blocked

from trio_patterns.spawning import TaskCancelled, TaskNotDone, spawn

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


# Results


async def test_a_handle_gives_the_result(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1, "value")
        assert not handle.done
        assert await handle.join() == "value"
        assert trio.current_time() == 1
    assert handle.done
    assert not handle.cancelled
    assert handle.result() == handle.result() == "value"
    assert handle.exception() is None


async def test_several_tasks_can_join_one(autojump_clock, sleep_then):
    values = []

    async def wait(handle):
        values.append(await handle.join())

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1, "value")
        for _ in range(3):
            nursery.start_soon(wait, handle)
    assert values == ["value"] * 3


async def test_joining_a_done_task_is_a_checkpoint(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1)
    with trio.testing.assert_checkpoints():
        await handle.join()


async def test_a_task_that_is_not_done_has_no_result(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1, name="tail")
        with pytest.raises(TaskNotDone, match="'tail' is not done yet") as info:
            handle.result()
        assert info.value.name == "tail"
        with pytest.raises(TaskNotDone):
            handle.exception()
        assert not handle.cancelled


async def test_a_dropped_handle_changes_nothing_for_the_task(autojump_clock):
    log = []

    async def work(entry):
        await trio.sleep(1)
        log.append(entry)

    async with trio.open_nursery() as nursery:
        spawn(nursery, work, "dropped before the first step")
        handle = spawn(nursery, work, "dropped after the first step")
        await wait_all_tasks_blocked()
        del handle
    assert sorted(log) == ["dropped after the first step", "dropped before the first step"]


async def test_the_name_is_that_of_the_task(sleep_then):
    names = []

    async def work():
        names.append(trio.lowlevel.current_task().name)

    class Callable:
        def __repr__(self):
            return "<callable>"

        async def __call__(self):
            await work()

    async with trio.open_nursery() as nursery:
        handles = [
            spawn(nursery, work),
            spawn(nursery, functools.partial(work)),
            spawn(nursery, work, name="head"),
            spawn(nursery, work, name=sleep_then),
            spawn(nursery, Callable()),
        ]
    assert sorted(handle.name for handle in handles) == sorted(names)
    assert handles[2].name == "head"
    assert handles[0].name == handles[1].name
    assert handles[0].name.endswith("work")
    assert handles[3].name.endswith("sleep_then")
    assert handles[4].name == "<callable>"


async def test_repr_shows_name_and_state(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1, name="head")
        assert repr(handle) == "<TaskHandle 'head' pending>"
    assert repr(handle) == "<TaskHandle 'head' finished>"


# Context and deadlines


async def test_context_variables_come_from_the_spawner():
    """The task sees the values of the one who called `spawn`, not those of the nursery's owner."""
    seen = []

    async def work():
        seen.append(variable.get())
        variable.set("task")

    async def spawner(nursery):
        variable.set("spawner")
        spawn(nursery, work)
        await trio.lowlevel.checkpoint()
        seen.append(variable.get())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawner, nursery)
    assert sorted(seen) == ["spawner", "spawner"]
    assert variable.get() == "unset"


async def test_a_plain_function_that_returns_an_awaitable_runs_in_the_tasks_context():
    async def work():
        return variable.get()

    def call():
        variable.set("task")
        return work()

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, call)
        by_lambda = spawn(nursery, lambda: work())
    assert handle.result() == "task"
    assert by_lambda.result() == "unset"
    assert variable.get() == "unset"


async def test_deadlines_follow_the_nursery_not_the_caller(autojump_clock, sleep_then):
    """A timeout around `spawn` does not limit the task; one around the nursery does."""
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1) as scope:  # noqa: ASYNC100
            handle = spawn(nursery, sleep_then, 5, "value")
        assert await handle.join() == "value"
        assert trio.current_time() == 5
        assert not scope.cancelled_caught
    with trio.move_on_after(1):
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 5)
    assert trio.current_time() == 6
    assert handle.cancelled


# Failures


async def test_a_failure_goes_to_the_nursery_unchanged_and_to_the_handle(autojump_clock, sleep_then):
    failure = ValueError("no")
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="^no$")) as info:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 1, failure)
            sibling = spawn(nursery, sleep_then, 9)
    assert info.value.exceptions[0] is failure
    assert repr(handle).endswith(" failed>")
    assert handle.exception() is failure
    assert repr(handle).endswith(" failed>")
    assert sibling.cancelled
    assert trio.current_time() == 1


async def test_result_raises_the_very_exception_with_its_traceback(autojump_clock, sleep_then):
    failure = ValueError("no")
    with pytest.RaisesGroup(ValueError):
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 1, failure)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^no$") as info:
            handle.result()
        assert info.value is failure
        assert info.traceback[-1].name == "sleep_then"


async def test_a_failure_of_a_dropped_task_still_reaches_the_nursery(autojump_clock, sleep_then):
    """Nothing is detached: the failure of a task whose handle nobody keeps is not lost."""
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="^no$")):
        async with trio.open_nursery() as nursery:
            spawn(nursery, sleep_then, 1, ValueError("no"))


async def test_a_joiner_outside_the_nursery_gets_the_failure(autojump_clock, sleep_then):
    handles = []
    failure = ValueError("no")

    async def own(task_status):
        with pytest.RaisesGroup(ValueError):
            async with trio.open_nursery() as inner:
                handles.append(spawn(inner, sleep_then, 1, failure))
                task_status.started()

    async with trio.open_nursery() as nursery:
        await nursery.start(own)
        with pytest.raises(ValueError, match="no") as info:
            await handles[0].join()
    assert info.value is failure


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_an_interrupt_passes_through_and_is_not_stored(autojump_clock, sleep_then, error):
    with pytest.raises(BaseExceptionGroup) as info:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 1, error())
    assert isinstance(info.value.exceptions[0], error)
    assert handle.done
    assert handle.cancelled
    with pytest.raises(TaskCancelled, match=f"ended by {error.__name__}"):
        handle.result()


async def test_a_group_that_mixes_a_failure_with_an_interrupt_is_split(autojump_clock, sleep_then):
    """The handle keeps the failure, and only that; the nursery gets the group unchanged."""
    group = BaseExceptionGroup("both", [ValueError("no"), KeyboardInterrupt()])
    with pytest.raises(BaseExceptionGroup) as info:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 1, group)
    assert [type(exc) for exc in info.value.exceptions[0].exceptions] == [ValueError, KeyboardInterrupt]
    assert pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="no")).matches(handle.exception())


async def test_a_failure_is_no_cyclic_garbage(autojump_clock, sleep_then):
    """The stored exception must not hold itself through the frames of its traceback."""

    async def fail():
        await trio.sleep(1)
        raise ValueError("no")

    gc.collect()
    gc.disable()
    try:
        with suppress(ExceptionGroup):
            async with trio.open_nursery() as nursery:
                handle = spawn(nursery, fail)
        with suppress(ValueError):
            handle.result()
        gone = weakref.ref(handle)
        del handle
        assert gone() is None
    finally:
        gc.enable()


# Cancelling one task


async def test_cancel_ends_one_task_alone_and_quietly(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 5, name="victim")
        sibling = spawn(nursery, sleep_then, 2, "value")
        await trio.sleep(1)
        handle.cancel("not needed")
        with pytest.raises(TaskCancelled, match=r"'victim' was cancelled \(not needed\)") as info:
            await handle.join()
        assert (info.value.name, info.value.reason) == ("victim", "not needed")
        assert trio.current_time() == 1
    assert handle.done
    assert handle.cancelled
    assert repr(handle) == "<TaskHandle 'victim' cancelled>"
    with pytest.raises(TaskCancelled):
        handle.exception()
    assert sibling.result() == "value"


async def test_the_task_sees_the_reason(autojump_clock):
    reasons = []

    async def work():
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            reasons.append((exc.source, exc.reason))
            raise

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, work)
        await wait_all_tasks_blocked()
        handle.cancel("first")
        handle.cancel("second")
    assert reasons == [("explicit", "first")]
    with pytest.raises(TaskCancelled, match=r"\(first\)"):
        handle.result()


async def test_cancel_before_the_first_step_works_like_a_cancelled_scope(autojump_clock):
    """The task runs up to its first checkpoint, so that it can release what it was given."""
    log = []

    async def work():
        log.append("started")
        await trio.sleep(1)
        log.append("never")

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, work)
        handle.cancel("early")
    assert log == ["started"]
    assert handle.cancelled


async def test_cancel_before_the_first_step_works_though_the_handle_is_dropped(autojump_clock, sleep_then):
    """A task with a dropped handle runs without a cancel scope, but not if it was cancelled before."""
    async with trio.open_nursery() as nursery:
        spawn(nursery, sleep_then, 60).cancel()
    assert trio.current_time() == 0


async def test_a_finished_task_ignores_cancel(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 1, "value")
        await handle.join()
        handle.cancel("late")
    assert handle.result() == "value"
    assert not handle.cancelled


async def test_a_task_that_finishes_though_a_cancel_is_on_its_way_is_finished(autojump_clock):
    """Completion and cancellation may coincide: completion wins."""

    async def cancel_yourself():
        handle.cancel("on its way")
        return "value"

    async def ignore_it():
        try:
            await trio.sleep_forever()
        except trio.Cancelled:  # noqa: ASYNC103
            return "value"  # noqa: ASYNC104

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, cancel_yourself)
        ignoring = spawn(nursery, ignore_it)
        await wait_all_tasks_blocked()
        ignoring.cancel()
    for finished in (handle, ignoring):
        assert finished.result() == "value"
        assert not finished.cancelled


async def test_an_event_and_a_cancel_at_the_same_moment(autojump_clock):
    event = trio.Event()

    async def wait():
        await event.wait()
        return "value"

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, wait)
        await wait_all_tasks_blocked()
        event.set()
        handle.cancel()
    assert handle.result() == "value"


async def test_an_error_in_the_cleanup_is_a_failure(autojump_clock, fail_in_cleanup):
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="^cleanup$")):
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, fail_in_cleanup, ValueError("cleanup"))
            await wait_all_tasks_blocked()
            handle.cancel()
    assert not handle.cancelled
    assert isinstance(handle.exception(), ValueError)


async def test_a_task_whose_children_are_cancelled_is_cancelled(autojump_clock):
    """A group of nothing but `Cancelled` is a cancellation, not a failure."""

    async def parent():
        async with trio.open_nursery() as children:
            children.start_soon(trio.sleep_forever)
            children.start_soon(trio.sleep_forever)

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, parent)
        await wait_all_tasks_blocked()
        handle.cancel()
    assert handle.cancelled


async def test_a_cancelled_nursery_leaves_its_tasks_cancelled(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 5)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel("everybody out")
    assert handle.cancelled
    with pytest.raises(TaskCancelled) as info:
        handle.result()
    assert info.value.reason == "everybody out"


async def test_a_task_whose_children_are_cancelled_from_outside_is_cancelled(autojump_clock):
    async def parent():
        async with trio.open_nursery() as children:
            children.start_soon(trio.sleep_forever)
            children.start_soon(trio.sleep_forever)

    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, parent)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel("everybody out")
    with pytest.raises(TaskCancelled, match="everybody out"):
        handle.result()


async def test_an_outer_and_an_own_cancellation_together(autojump_clock, sleep_then):
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, sleep_then, 5)
            await wait_all_tasks_blocked()
            handle.cancel("own")
            scope.cancel("outer")
    assert scope.cancelled_caught
    assert handle.cancelled


async def test_a_cancelled_joiner_does_not_cancel_the_task(autojump_clock, sleep_then):
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, sleep_then, 5, "value")
        with trio.move_on_after(1) as scope:
            await handle.join()
        assert scope.cancelled_caught
        assert await handle.join() == "value"
        assert trio.current_time() == 5


# Arguments


async def test_a_coroutine_is_refused_by_name(sleep_then):
    async with trio.open_nursery() as nursery:
        with pytest.raises(
            TypeError, match=r"pass the function and its arguments apart, .*sleep_then, \.\.\."
        ):
            spawn(nursery, sleep_then(1))


@pytest.mark.parametrize("fn", [None, 3, "sleep"])
async def test_what_is_no_function_is_refused(fn):
    async with trio.open_nursery() as nursery:
        with pytest.raises(TypeError, match=re.escape(f"fn must be an async function, got {fn!r}")):
            spawn(nursery, fn)


async def test_a_function_that_gives_no_awaitable_is_refused():
    async with trio.open_nursery() as nursery:
        with pytest.raises(
            TypeError, match=r"^fn must be an async function, but <function .*> returned 3, which"
        ):
            spawn(nursery, lambda: 3)


async def test_arguments_that_do_not_fit_are_refused_at_the_call(sleep_then):
    async with trio.open_nursery() as nursery:
        with pytest.raises(TypeError, match="positional arguments"):
            spawn(nursery, sleep_then, 1, 2, 3, 4)


async def test_what_is_no_nursery_is_refused(sleep_then):
    with pytest.raises(TypeError, match=r"nursery must be a trio\.Nursery, got <function"):
        spawn(sleep_then, sleep_then)


async def test_a_closed_nursery_is_refused_without_a_second_report(sleep_then):
    async with trio.open_nursery() as nursery:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        spawn(nursery, sleep_then, 1)  # an unawaited coroutine would warn, which fails the test


def test_a_reason_is_shown_if_there_is_one():
    advice = "and has no result: check `handle.cancelled` first"
    assert str(TaskCancelled("a", "why")) == f"task 'a' was cancelled (why) {advice}"
    for error in (TaskCancelled("a"), TaskCancelled("a", None), TaskCancelled("a", "")):
        assert str(error) == f"task 'a' was cancelled {advice}"


def test_the_errors_survive_pickling():
    for error in (TaskNotDone("a"), TaskCancelled("a", "b")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
