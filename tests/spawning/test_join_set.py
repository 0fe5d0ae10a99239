"""Join sets: tasks fail one by one and are collected as they end."""

from __future__ import annotations

import contextvars
import gc
import weakref
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from trio_patterns.spawning import TaskCancelled, open_join_set

variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable", default="unset")


class Gauge:
    """Counts how many calls run at once."""

    def __init__(self):
        self.running = self.peak = 0
        self.started = []

    async def work(self, item, seconds=1.0):
        self.started.append(item)
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await trio.sleep(seconds)
        finally:
            self.running -= 1
        return item


# Collecting


async def test_handles_come_in_completion_order(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        for seconds in (3, 1, 2):
            tasks.spawn(sleep_then, seconds, seconds)
        assert len(tasks) == 3
        assert [handle.result() async for handle in tasks] == [1, 2, 3]
        assert len(tasks) == 0
        assert await tasks.join_next() is None
        assert trio.current_time() == 3


async def test_the_handle_that_comes_out_is_the_one_that_spawn_returned(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        first = tasks.spawn(sleep_then, 2, name="first")
        second = tasks.spawn(sleep_then, 1, name="second")
        assert await tasks.join_next() is second
        assert await tasks.join_next() is first


@pytest.mark.parametrize("limit", [None, 2, "limiter"])
async def test_results_keep_their_key(autojump_clock, sleep_then, limit):
    """A result can be matched to its input by the name of its task, also when it failed."""
    async with open_join_set(limit=trio.CapacityLimiter(2) if limit == "limiter" else limit) as tasks:
        tasks.spawn(sleep_then, 2, "page", name="/good")
        tasks.spawn(sleep_then, 1, ValueError("404"), name="/bad")
        assert [handle.name async for handle in tasks] == ["/bad", "/good"]


@pytest.mark.parametrize("limit", [None, 1, "limiter"])
async def test_handles_have_the_names_of_their_tasks(limit):
    async def work():
        return trio.lowlevel.current_task().name

    async with open_join_set(limit=trio.CapacityLimiter(1) if limit == "limiter" else limit) as tasks:
        for _ in range(2):  # those that start at once, and those that wait for their turn
            tasks.spawn(work)
            tasks.spawn(partial(work))
            tasks.spawn(lambda: work())
            tasks.spawn(work, name="named")
        kept = tasks.spawn(work)
        names = [(handle.name, handle.result()) async for handle in tasks]
    assert all(name == result for name, result in names)
    assert kept.name == kept.result()
    last_parts = sorted(name.rpartition(".")[2] for name, _ in names)
    assert last_parts == sorted(["work"] * 5 + ["<lambda>"] * 2 + ["named"] * 2)


async def test_join_next_waits_and_says_none_when_empty(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        assert await tasks.join_next() is None
        tasks.spawn(sleep_then, 1)
        assert (await tasks.join_next()).done
        assert trio.current_time() == 1
        assert await tasks.join_next() is None


async def test_join_next_nowait(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        assert tasks.join_next_nowait() is None
        handle = tasks.spawn(sleep_then, 1)
        with pytest.raises(trio.WouldBlock):
            tasks.join_next_nowait()
        await trio.sleep(2)
        assert tasks.join_next_nowait() is handle
        assert tasks.join_next_nowait() is None


async def test_iteration_includes_tasks_spawned_meanwhile(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 1, 3)
        seen = []
        async for handle in tasks:
            seen.append(handle.result())
            if handle.result() > 0:
                tasks.spawn(sleep_then, 1, handle.result() - 1)
        assert seen == [3, 2, 1, 0]


async def test_tasks_can_spawn_tasks_while_the_set_is_ending(autojump_clock):
    log = []

    async def work(depth):
        await trio.sleep(1)
        log.append(depth)
        if depth:
            tasks.spawn(work, depth - 1)

    async with open_join_set() as tasks:
        tasks.spawn(work, 3)
    assert log == [3, 2, 1, 0]
    assert trio.current_time() == 4


async def test_several_collectors_share_a_set(autojump_clock, sleep_then):
    """Each handle goes to one of them, and all of them learn that the set is empty."""
    seen = []

    async def collect(tasks):
        async for handle in tasks:
            seen.append(handle.result())
            await trio.sleep(0.1)

    async with open_join_set() as tasks:
        for seconds in range(1, 6):
            tasks.spawn(sleep_then, seconds, seconds)
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(collect, tasks)
        assert seen == [1, 2, 3, 4, 5]
        assert trio.current_time() == pytest.approx(5.1)


async def test_everybody_who_waits_is_woken_whoever_leaves(autojump_clock, sleep_then):
    """Two collectors take one handle each; the rest is waited for by the end of the block alone."""
    times = []

    async def collect_one():
        await tasks.join_next()
        times.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        async with open_join_set() as tasks:
            for seconds in (1, 2, 3):
                tasks.spawn(sleep_then, seconds)
            for _ in range(2):
                nursery.start_soon(collect_one)
            await wait_all_tasks_blocked()
    assert times == [1, 2]
    assert trio.current_time() == 3


async def test_two_who_wait_for_a_handle_are_both_woken(autojump_clock, sleep_then):
    times = []

    async def collect_one():
        await tasks.join_next()
        times.append(trio.current_time())

    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 1)
        tasks.spawn(sleep_then, 2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect_one)
            nursery.start_soon(collect_one)
    assert times == [1, 2]


async def test_join_all_gives_results_in_spawn_order(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        for seconds in (3, 1, 2):
            tasks.spawn(sleep_then, seconds, seconds)
        assert await tasks.join_all() == [3, 1, 2]
        assert len(tasks) == 0
        assert await tasks.join_all() == []


async def test_join_all_leaves_out_what_was_joined_before(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        for seconds in (3, 1, 2):
            tasks.spawn(sleep_then, seconds, seconds)
        assert (await tasks.join_next()).result() == 1
        assert await tasks.join_all() == [3, 2]


async def test_repr_and_truth(autojump_clock, sleep_then):
    async with open_join_set(limit=1) as tasks:
        assert tasks
        for _ in range(3):
            tasks.spawn(sleep_then, 1)
        await trio.sleep(1.5)
        assert repr(tasks) == "<JoinSet 1 running, 1 queued, 1 to collect>"


async def test_what_is_left_can_be_collected_after_the_block(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 1, "value")
    assert tasks.join_next_nowait().result() == "value"


# Context and deadlines


@pytest.mark.parametrize("limit", [None, 1, "limiter"])
async def test_context_variables_come_from_the_spawner(autojump_clock, limit):
    """Also when the task had to wait, and another task's end started it."""

    async def work():
        await trio.sleep(1)
        seen = variable.get()
        variable.set("task")
        return seen

    async with open_join_set(limit=trio.CapacityLimiter(1) if limit == "limiter" else limit) as tasks:
        for value in range(3):
            variable.set(value)
            tasks.spawn(work)
        variable.set("spawner")
        assert await tasks.join_all() == [0, 1, 2]
        assert variable.get() == "spawner"


async def test_a_plain_function_that_returns_an_awaitable_runs_in_the_tasks_context(autojump_clock):
    async def work():
        return variable.get()

    def call():
        variable.set("task")
        return work()

    async with open_join_set(limit=1) as tasks:
        tasks.spawn(call)
        tasks.spawn(call)
        assert await tasks.join_all() == ["task", "task"]
    assert variable.get() == "unset"


async def test_deadlines_follow_the_set_not_the_caller(autojump_clock, sleep_then):
    """A timeout around `spawn` does not limit the task; one around the set does."""
    async with open_join_set() as tasks:
        with trio.move_on_after(1):  # noqa: ASYNC100
            handle = tasks.spawn(sleep_then, 5, "value")
        assert await handle.join() == "value"
        assert trio.current_time() == 5


# The bound


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_limit_bounds_how_many_run_at_once(autojump_clock, limit, shared):
    gauge = Gauge()
    limiter = trio.CapacityLimiter(limit)
    async with open_join_set(limit=limiter if shared else limit) as tasks:
        for item in range(150):
            tasks.spawn(gauge.work, item)
        assert len(tasks) == 150
        assert await tasks.join_all() == list(range(150))
    assert gauge.peak == limit
    assert trio.current_time() == -(-150 // limit)
    assert limiter.borrowed_tokens == 0


@pytest.mark.parametrize("shared", [False, True])
async def test_waiting_tasks_start_in_spawn_order(autojump_clock, shared):
    gauge = Gauge()
    async with open_join_set(limit=trio.CapacityLimiter(1) if shared else 1) as tasks:
        for item in range(20):
            tasks.spawn(gauge.work, item)
    assert gauge.started == list(range(20))


async def test_two_sets_share_one_limiter(autojump_clock):
    gauge = Gauge()
    limiter = trio.CapacityLimiter(3)
    async with open_join_set(limit=limiter) as first, open_join_set(limit=limiter) as second:
        for item in range(6):
            first.spawn(gauge.work, item)
            second.spawn(gauge.work, item)
    assert gauge.peak == 3
    assert trio.current_time() == 4


async def test_a_task_may_use_the_shared_limiter_itself(autojump_clock):
    """The set borrows on behalf of an object of its own, so that is no nested acquire."""
    limiter = trio.CapacityLimiter(2)

    async def work():
        async with limiter:
            await trio.sleep(1)

    async with open_join_set(limit=limiter) as tasks:
        tasks.spawn(work)


async def test_a_set_of_one_can_be_filled_from_its_own_task(autojump_clock):
    """`spawn` never blocks, so a task that produces into its own set does not wait for itself."""

    async def work(depth):
        await trio.sleep(1)
        if depth:
            tasks.spawn(work, depth - 1)
            tasks.spawn(work, 0)

    async with open_join_set(limit=1) as tasks:
        tasks.spawn(work, 2)
    assert trio.current_time() == 5


async def test_a_withdrawn_task_never_starts(autojump_clock, sleep_then):
    gauge = Gauge()
    async with open_join_set(limit=1) as tasks:
        tasks.spawn(gauge.work, "runs")
        waiting = tasks.spawn(gauge.work, "withdrawn")
        tasks.spawn(gauge.work, "next")
        await trio.sleep(0.5)
        waiting.cancel("not needed")
        assert waiting.cancelled
        assert await tasks.join_next() is waiting
        with pytest.raises(TaskCancelled, match="not needed"):
            waiting.result()
    assert gauge.started == ["runs", "next"]


async def test_a_task_that_waited_for_its_turn_can_be_cancelled_when_it_runs(autojump_clock):
    gauge = Gauge()
    async with open_join_set(limit=1) as tasks:
        tasks.spawn(gauge.work, "first")
        handle = tasks.spawn(gauge.work, "second", 60)
        await trio.sleep(2)
        handle.cancel()
    assert handle.cancelled
    assert trio.current_time() == 2


async def test_a_withdrawn_dropped_task_is_counted(autojump_clock, sleep_then):
    async with open_join_set(limit=1) as tasks:
        tasks.spawn(sleep_then, 1, name="runs")
        tasks.spawn(sleep_then, 1, name="waits")
        await wait_all_tasks_blocked()
        tasks.cancel_all("enough")
        reasons = []
        async for handle in tasks:
            with pytest.raises(TaskCancelled) as info:
                handle.result()
            reasons.append((handle.name, info.value.reason))
        assert reasons == [("waits", "enough"), ("runs", "enough")]


async def test_the_limiter_is_not_held_for_a_task_that_was_withdrawn(autojump_clock, sleep_then):
    limiter = trio.CapacityLimiter(1)
    async with open_join_set(limit=limiter) as tasks:
        async with limiter:
            handle = tasks.spawn(sleep_then, 1)
            await wait_all_tasks_blocked()
            handle.cancel()
        await wait_all_tasks_blocked()
        assert limiter.borrowed_tokens == 0
        assert await tasks.join_next() is handle


# Failures


async def test_a_failure_does_not_touch_siblings(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 1, ValueError("no"))
        tasks.spawn(sleep_then, 2, "yes")
        first = await tasks.join_next()
        second = await tasks.join_next()
    assert isinstance(first.exception(), ValueError)
    assert second.result() == "yes"


async def test_an_uncollected_failure_is_raised_at_the_end_as_itself(autojump_clock, sleep_then):
    cause = KeyError("cause")
    failure = ValueError("no")
    failure.__cause__ = cause
    context = failure.__context__ = LookupError("context")
    with pytest.raises(ValueError, match="no") as info:
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 1, failure)
            tasks.spawn(sleep_then, 2, "yes")
    assert info.value is failure
    assert failure.__cause__ is cause
    assert failure.__context__ is context
    assert info.traceback[-1].name == "sleep_then"
    assert trio.current_time() == 2


async def test_several_uncollected_failures_are_raised_as_a_group(autojump_clock, sleep_then):
    with pytest.RaisesGroup(
        pytest.RaisesExc(KeyError, match="second"), pytest.RaisesExc(ValueError, match="first")
    ) as info:
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 2, ValueError("first"))
            tasks.spawn(sleep_then, 1, KeyError("second"))
    assert [type(exc) for exc in info.value.exceptions] == [KeyError, ValueError]
    assert info.value.message == "several tasks of a join set failed"


async def test_a_group_that_a_task_raised_is_one_failure(autojump_clock, sleep_then):
    group = ExceptionGroup("own", [ValueError("a")])
    with pytest.raises(ExceptionGroup) as info:
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 1, group)
    assert info.value is group


@pytest.mark.parametrize("how", ["join_next", "exception", "result", "join"])
async def test_a_failure_that_somebody_has_seen_is_collected(autojump_clock, sleep_then, how):
    async with open_join_set() as tasks:
        handle = tasks.spawn(sleep_then, 1, ValueError("no"))
        await trio.sleep(2)
        if how == "join_next":
            assert await tasks.join_next() is handle
        elif how == "exception":
            assert handle.exception() is not None
        elif how == "result":
            with pytest.raises(ValueError, match="no"):
                handle.result()
        else:
            with pytest.raises(ValueError, match="no"):
                await handle.join()
        assert len(tasks) == (0 if how == "join_next" else 1)


async def test_looking_at_done_collects_nothing(autojump_clock, sleep_then):
    with pytest.raises(ValueError, match="no"):
        async with open_join_set() as tasks:
            handle = tasks.spawn(sleep_then, 1, ValueError("no"))
            await trio.sleep(2)
            assert handle.done
            assert not handle.cancelled


async def test_an_error_of_the_body_cancels_the_tasks_and_is_raised_as_itself(autojump_clock, clean_up_for):
    log = []
    failure = LookupError("body")
    with pytest.raises(LookupError) as info:
        async with open_join_set() as tasks:
            tasks.spawn(clean_up_for, 2, log, "cleaned up")
            await trio.sleep(1)
            raise failure
    assert info.value is failure
    assert log == ["cleaned up"]
    assert trio.current_time() == 2


async def test_an_error_of_the_body_comes_with_uncollected_failures(
    autojump_clock, sleep_then, fail_in_cleanup
):
    with pytest.RaisesGroup(
        pytest.RaisesExc(LookupError, match="body"), pytest.RaisesExc(ValueError), pytest.RaisesExc(OSError)
    ) as info:
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 1, ValueError("earlier"))
            tasks.spawn(fail_in_cleanup, OSError("cleanup"))
            await trio.sleep(2)
            raise LookupError("body")
    assert [str(exc) for exc in info.value.exceptions] == ["body", "earlier", "cleanup"]


async def test_waiting_tasks_never_start_when_the_body_raises(autojump_clock):
    gauge = Gauge()
    with pytest.raises(LookupError):
        async with open_join_set(limit=1) as tasks:
            for item in range(3):
                tasks.spawn(gauge.work, item)
            handle = tasks.spawn(gauge.work, "kept")
            await wait_all_tasks_blocked()
            raise LookupError("body")
    assert gauge.started == [0]
    with pytest.raises(TaskCancelled) as info:
        handle.result()
    assert info.value.reason == "the join set was cancelled before it was this task's turn"


async def test_join_all_cancels_the_rest_on_the_first_failure(autojump_clock, sleep_then):
    gauge = Gauge()
    failure = ValueError("no")
    async with open_join_set(limit=2) as tasks:
        tasks.spawn(sleep_then, 1, failure)
        running = tasks.spawn(sleep_then, 60)
        tasks.spawn(gauge.work, "waiting")
        with pytest.raises(ValueError, match="no") as info:
            await tasks.join_all()
        assert info.value is failure
        assert trio.current_time() == 1
        with pytest.raises(TaskCancelled) as info:
            running.result()
        assert info.value.reason == "another task of the same join_all() has failed"
        assert len(tasks) == 0
    assert gauge.started in ([], ["waiting"])


async def test_join_all_raises_all_failures(autojump_clock, sleep_then, fail_in_cleanup):
    async with open_join_set() as tasks:
        tasks.spawn(fail_in_cleanup, OSError("cleanup"))
        tasks.spawn(sleep_then, 1, ValueError("first"))
        with pytest.RaisesGroup(ValueError, OSError) as info:
            await tasks.join_all()
    assert [str(exc) for exc in info.value.exceptions] == ["first", "cleanup"]


async def test_join_all_raises_a_failure_that_was_there_before(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        handle = tasks.spawn(sleep_then, 1, ValueError("no"))
        tasks.spawn(sleep_then, 60)
        await trio.sleep(2)
        assert handle.exception() is not None
        with pytest.raises(ValueError, match="no"):
            await tasks.join_all()
        assert trio.current_time() == 2


async def test_join_all_withdraws_what_waits_for_a_limiter_that_others_hold(autojump_clock, sleep_then):
    limiter = trio.CapacityLimiter(1)
    async with open_join_set(limit=limiter) as tasks:
        tasks.spawn(sleep_then, 1, ValueError("no"))
        await trio.sleep(2)
        async with limiter:
            waiting = tasks.spawn(sleep_then, 1)
            await wait_all_tasks_blocked()
            with pytest.raises(ValueError, match="no"):
                await tasks.join_all()
        assert waiting.cancelled
        assert trio.current_time() == 2


async def test_join_all_ends_as_soon_as_a_waiting_task_is_withdrawn(autojump_clock, sleep_then):
    """There will be a hole in the list whatever the rest does, so the rest need not be waited for."""

    async def cancel_later():
        await trio.sleep(1)
        waiting.cancel("not needed")

    async with trio.open_nursery() as nursery, open_join_set(limit=1) as tasks:
        running = tasks.spawn(sleep_then, 60)
        waiting = tasks.spawn(sleep_then, 60)
        nursery.start_soon(cancel_later)
        with pytest.raises(TaskCancelled, match=r"not needed|another task"):
            await tasks.join_all()
        assert running.cancelled
        assert trio.current_time() == 1


async def test_join_all_has_no_value_for_a_cancelled_task(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 60)
        tasks.spawn(sleep_then, 60).cancel("not needed")
        with pytest.raises(TaskCancelled):
            await tasks.join_all()
        assert trio.current_time() == 0


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_an_interrupt_passes_through_and_is_not_stored(autojump_clock, sleep_then, error, kept):
    handles = []
    with pytest.raises(error):
        async with open_join_set() as tasks:
            handles.append(tasks.spawn(sleep_then, 60))
            handle = tasks.spawn(sleep_then, 1, error())
            if not kept:
                del handle
            await trio.sleep_forever()
    assert trio.current_time() == 1
    assert handles[0].cancelled
    if kept:
        assert handle.cancelled


@pytest.mark.parametrize("kept", [False, True])
async def test_an_interrupt_ends_the_body_at_once_however_long_others_clean_up(
    autojump_clock, sleep_then, clean_up_for, kept
):
    """The body does not go on with a set in which everything it spawns is cancelled."""
    ended = []
    with pytest.raises(KeyboardInterrupt):
        async with open_join_set() as tasks:
            tasks.spawn(clean_up_for, 10, [], None)
            handle = tasks.spawn(sleep_then, 1, KeyboardInterrupt())
            if not kept:
                del handle
            try:
                await trio.sleep(5)
                tasks.spawn(sleep_then, 0)
            finally:
                ended.append(trio.current_time())
    assert ended == [1]
    assert trio.current_time() == 6
    assert len(tasks) == 2


@pytest.mark.parametrize("kept", [False, True])
async def test_a_group_that_mixes_a_failure_with_an_interrupt_is_split(autojump_clock, sleep_then, kept):
    """The interrupt goes through as fast as it can; the failure is not lost either."""
    handles = []

    async def fail():
        await trio.sleep(1)
        raise BaseExceptionGroup("both", [ValueError("no"), KeyboardInterrupt()])

    with pytest.raises(BaseExceptionGroup) as info:
        async with open_join_set() as tasks:
            handle = tasks.spawn(fail)
            if kept:
                handles.append(handle)
            del handle
    interrupt, failure = info.value.exceptions
    assert isinstance(interrupt, KeyboardInterrupt)
    assert pytest.RaisesGroup(ValueError).matches(failure)
    if kept:
        assert handles[0].exception() is failure


async def test_a_group_class_that_holds_only_failures_is_a_failure(autojump_clock, sleep_then):
    class OddGroup(BaseExceptionGroup):
        def derive(self, excs):
            return OddGroup(self.message, excs)

    async with open_join_set() as tasks:
        handle = tasks.spawn(sleep_then, 1, OddGroup("odd", [ValueError("no")]))
        assert await tasks.join_next() is handle
    assert isinstance(handle.exception(), OddGroup)


@pytest.mark.parametrize("kept", [False, True])
async def test_a_failure_is_no_cyclic_garbage(autojump_clock, kept):
    """The stored exception must not hold itself through the frames of its traceback."""

    async def fail():
        await trio.sleep(1)
        raise ValueError("no")

    handles = []
    gc.collect()
    gc.disable()
    try:
        async with open_join_set() as tasks:
            handle = tasks.spawn(fail)
            if kept:
                handles.append(handle)
            del handle
            handle = await tasks.join_next()
        gone = weakref.ref(handle)
        handles.clear()
        del handle
        assert gone() is None
    finally:
        gc.enable()


# Cancellation


@pytest.mark.parametrize("kept", [False, True])
async def test_cancel_ends_one_task_alone(autojump_clock, sleep_then, kept):
    async with open_join_set() as tasks:
        handle = tasks.spawn(sleep_then, 60, name="victim")
        tasks.spawn(sleep_then, 2, "yes")
        if kept:
            await trio.sleep(1)
        handle.cancel("not needed")
        del handle
        first = await tasks.join_next()
        assert (first.name, first.cancelled) == ("victim", True)
        assert trio.current_time() == (1 if kept else 0)
        assert (await tasks.join_next()).result() == "yes"


async def test_an_error_in_the_cleanup_of_a_cancelled_task_is_a_failure(autojump_clock, fail_in_cleanup):
    with pytest.raises(OSError, match="cleanup"):
        async with open_join_set() as tasks:
            handle = tasks.spawn(fail_in_cleanup, OSError("cleanup"))
            await wait_all_tasks_blocked()
            handle.cancel()


async def test_a_cancelled_waiter_loses_no_handle(autojump_clock, sleep_then):
    seen = []
    async with open_join_set() as tasks:
        for seconds in range(1, 8):
            tasks.spawn(sleep_then, seconds, seconds)
        while len(tasks):
            with trio.move_on_after(0.7):
                handle = await tasks.join_next()
                seen.append(handle.result())
    assert seen == [1, 2, 3, 4, 5, 6, 7]


async def test_a_waiter_cancelled_as_a_task_ends_loses_no_handle(autojump_clock, sleep_then):
    """The deadline of the waiter and the end of the task coincide: the handle is there either way."""
    for _ in range(10):
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 1, "value")
            handle = None
            with trio.move_on_after(1):
                handle = await tasks.join_next()
            handle = handle or await tasks.join_next()
            assert handle.result() == "value"


async def test_a_cancelled_join_all_leaves_the_handles_in_the_set(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        for seconds in (3, 1):
            tasks.spawn(sleep_then, seconds, seconds)
        with trio.move_on_after(2):
            await tasks.join_all()
        assert len(tasks) == 2
        assert await tasks.join_all() == [3, 1]


@pytest.mark.parametrize("kept", [False, True])
async def test_cancel_all_spares_the_body_and_later_tasks(autojump_clock, sleep_then, kept):
    async with open_join_set() as tasks:
        tasks.cancel_all("nothing to cancel")
        handles = [tasks.spawn(sleep_then, 60) for _ in range(3)]
        if not kept:
            handles.clear()
        await trio.sleep(1)
        tasks.cancel_all("enough")
        tasks.cancel_all("again")
        tasks.spawn(sleep_then, 1, "later")
        outcomes = []
        async for handle in tasks:
            if handle.cancelled:
                with pytest.raises(TaskCancelled, match="enough"):
                    handle.result()
                outcomes.append("cancelled")
            else:
                outcomes.append(handle.result())
        assert outcomes == ["cancelled"] * 3 + ["later"]
        assert trio.current_time() == 2


async def test_tasks_spawned_after_cancel_all_respect_the_limit(autojump_clock, clean_up_for):
    """What is cleaning up still counts; its end starts the next, though it is itself cancelled."""
    log = []
    gauge = Gauge()
    async with open_join_set(limit=1) as tasks:
        tasks.spawn(clean_up_for, 2, log, "cleaned up")
        await wait_all_tasks_blocked()
        tasks.cancel_all()
        for item in range(2):
            tasks.spawn(gauge.work, item)
        await trio.sleep(0.5)
        assert gauge.started == []
    assert log == ["cleaned up"]
    assert gauge.started == [0, 1]
    assert trio.current_time() == 3


async def test_nobody_overtakes_the_queue_after_cancel_all(autojump_clock, clean_up_for):
    """The end of a cancelled task leaves it to another task to start the next: nobody slips in between."""
    for _ in range(10):
        gauge = Gauge()
        async with open_join_set(limit=1) as tasks:
            tasks.spawn(clean_up_for, 2, [], "cleaned up")
            await wait_all_tasks_blocked()
            tasks.cancel_all()
            tasks.spawn(gauge.work, "waiting")
            assert (await tasks.join_next()).cancelled
            tasks.spawn(gauge.work, "late")
        assert gauge.started == ["waiting", "late"]


async def test_tasks_spawned_after_cancel_all_share_one_host(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        tasks.spawn(trio.sleep_forever)
        await wait_all_tasks_blocked()
        tasks.cancel_all()
        for _ in range(3):
            tasks.spawn(sleep_then, 1)
        await wait_all_tasks_blocked()
        assert len(tasks._outer.child_tasks) == 1


@pytest.mark.parametrize("shared", [False, True])
async def test_cancel_all_withdraws_waiting_tasks(autojump_clock, shared):
    gauge = Gauge()
    limiter = trio.CapacityLimiter(1)
    async with open_join_set(limit=limiter if shared else 1) as tasks:
        for item in range(3):
            tasks.spawn(gauge.work, item)
        await wait_all_tasks_blocked()
        tasks.cancel_all()
        tasks.spawn(gauge.work, "later")
    assert gauge.started == [0, "later"]
    assert limiter.borrowed_tokens == 0


async def test_shutdown_cancels_and_collects_everything(
    autojump_clock, sleep_then, clean_up_for, fail_in_cleanup
):
    log = []
    async with open_join_set() as tasks:
        done = tasks.spawn(sleep_then, 1, "done")
        slow = tasks.spawn(clean_up_for, 2, log, "cleaned up")
        failing = tasks.spawn(fail_in_cleanup, OSError("cleanup"))
        await trio.sleep(1.5)
        assert await tasks.shutdown() == [done, failing, slow]
        with pytest.raises(TaskCancelled) as info:
            slow.result()
        assert info.value.reason == "the join set is being shut down"
        assert trio.current_time() == 2.5
        assert len(tasks) == 0
        assert isinstance(failing.exception(), OSError)
        assert await tasks.shutdown() == []
        tasks.spawn(sleep_then, 1, "later")
        assert await tasks.join_all() == ["later"]


async def test_a_cancelled_set_cancels_and_awaits_its_tasks(autojump_clock, clean_up_for):
    log = []
    gauge = Gauge()
    with trio.move_on_after(1) as scope:
        async with open_join_set(limit=2) as tasks:
            handle = tasks.spawn(clean_up_for, 2, log, "cleaned up")
            for item in range(5):
                tasks.spawn(gauge.work, item, 60)
    assert scope.cancelled_caught
    assert trio.current_time() == 2
    assert log == ["cleaned up"]
    assert gauge.started == [0]
    assert handle.cancelled
    assert len(tasks) == 6


@pytest.mark.parametrize("shared", [False, True])
async def test_waiting_tasks_never_start_in_a_cancelled_set(autojump_clock, shared):
    """A start would mean a run up to the first checkpoint, with whatever effects that has."""
    for _ in range(20):
        gauge = Gauge()
        with trio.CancelScope() as scope:
            async with open_join_set(limit=trio.CapacityLimiter(1) if shared else 1) as tasks:
                for item in range(3):
                    tasks.spawn(gauge.work, item)
                await wait_all_tasks_blocked()
                tasks.cancel_all()
                tasks.spawn(gauge.work, "later")
                scope.cancel()
        assert gauge.started == [0]
        assert all(tasks.join_next_nowait().cancelled for _ in range(4))


async def test_failures_are_not_dropped_when_the_set_is_cancelled(autojump_clock, sleep_then):
    """The real failure is raised in place of the cancellation."""
    failure = ValueError("no")
    with pytest.raises(ValueError, match="no") as info:
        with trio.move_on_after(2):
            async with open_join_set() as tasks:
                tasks.spawn(sleep_then, 1, failure)
                tasks.spawn(sleep_then, 60)
    assert info.value is failure
    assert trio.current_time() == 2


async def test_a_group_that_mixes_a_failure_with_a_cancellation_keeps_the_failure(autojump_clock, sleep_then):
    """A task's own nursery, cancelled, with one child that fails in its cleanup."""

    async def parent():
        async with trio.open_nursery() as children:
            children.start_soon(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise OSError("cleanup")

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="cleanup")):
        with trio.move_on_after(1):
            async with open_join_set() as tasks:
                tasks.spawn(parent)


async def test_a_waiter_outside_a_cancelled_set_is_not_left_behind(autojump_clock, sleep_then):
    names = []

    async def collect():
        async for handle in tasks:
            names.append((handle.name, handle.cancelled))

    async with trio.open_nursery() as nursery:
        with trio.move_on_after(1):
            async with open_join_set(limit=1) as tasks:
                tasks.spawn(sleep_then, 60, name="running")
                tasks.spawn(sleep_then, 60, name="waiting")
                nursery.start_soon(collect)
    assert names == [("running", True), ("waiting", True)]


async def test_opening_in_a_cancelled_scope_is_cancelled(autojump_clock):
    with trio.CancelScope() as scope:
        scope.cancel()
        async with open_join_set():
            pytest.fail("entered")  # pragma: no cover
    assert scope.cancelled_caught


async def test_no_task_outlives_the_set(autojump_clock, sleep_then):
    def living():
        return trio.lowlevel.current_statistics().tasks_living

    before = living()
    for body_raises in (False, True):
        try:
            async with open_join_set(limit=2) as tasks:
                for seconds in range(5):
                    tasks.spawn(sleep_then, seconds)
                await trio.sleep(1)
                if body_raises:
                    raise LookupError("body")
        except LookupError:
            pass
        assert living() == before


async def test_a_closed_set_refuses_tasks(autojump_clock, sleep_then):
    async with open_join_set() as tasks:
        pass
    with pytest.raises(trio.ClosedResourceError, match=r"^this join set is closed: its block has ended$"):
        tasks.spawn(sleep_then, 1)


# Checkpoints


async def test_a_loop_over_finished_tasks_starves_nobody():
    """Handles that are there are given out without yielding, but with a checkpoint every 128."""
    steps = 0

    async def count():
        nonlocal steps
        while True:
            steps += 1
            await trio.lowlevel.checkpoint()

    async def nothing():
        pass

    async with trio.open_nursery() as nursery, open_join_set() as tasks:
        for _ in range(1280):
            tasks.spawn(nothing)
        await wait_all_tasks_blocked()
        nursery.start_soon(count)
        before = steps
        async for _ in tasks:
            pass
        assert 9 <= steps - before <= 12
        nursery.cancel_scope.cancel()


async def test_every_128th_join_is_a_checkpoint():
    async def nothing():
        pass

    async with open_join_set() as tasks:
        for _ in range(1 + 3 * 128):
            tasks.spawn(nothing)
        await tasks.join_next()  # waits, so the count begins after it
        await wait_all_tasks_blocked()
        for _ in range(3):
            with trio.testing.assert_no_checkpoints():
                for _ in range(127):
                    await tasks.join_next()
            with trio.testing.assert_checkpoints():
                await tasks.join_next()


async def test_a_loop_over_finished_tasks_ends_when_cancelled():
    async def nothing():
        pass

    async with open_join_set() as tasks:
        for _ in range(1000):
            tasks.spawn(nothing)
        await wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            async for _ in tasks:
                scope.cancel()
        assert 1000 - 128 <= len(tasks) < 1000


async def test_join_all_and_shutdown_are_checkpoints():
    async with open_join_set() as tasks:
        with trio.testing.assert_checkpoints():
            await tasks.join_all()
        with trio.testing.assert_checkpoints():
            await tasks.shutdown()


# Arguments


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused_at_the_call(limit):
    with pytest.raises(
        ValueError, match=rf"limit must be an int >= 1 or a trio\.CapacityLimiter, got {limit}"
    ):
        open_join_set(limit=limit)


@pytest.mark.parametrize("limit", [1.5, "1", True])
def test_a_limit_of_another_type_is_refused_at_the_call(limit):
    with pytest.raises(TypeError, match=r"limit must be an int >= 1 or a trio\.CapacityLimiter, got"):
        open_join_set(limit=limit)


async def test_wrong_functions_are_refused_at_the_call(sleep_then):
    async with open_join_set() as tasks:
        with pytest.raises(TypeError, match="not the call"):
            tasks.spawn(sleep_then(1))
        with pytest.raises(TypeError, match="fn must be an async function, got None"):
            tasks.spawn(None)
        with pytest.raises(TypeError, match="can't be awaited"):
            tasks.spawn(partial(int, 3))
        with pytest.raises(TypeError, match="positional arguments"):
            tasks.spawn(sleep_then, 1, 2, 3, 4)
        assert len(tasks) == 0


# Invariants

PLANS = st.lists(
    st.tuples(
        st.sampled_from(["return", "raise", "cleanup"]),
        st.integers(0, 5),
        st.one_of(st.none(), st.integers(0, 5)),
    ),
    max_size=12,
)


@given(plans=PLANS, limit=st.one_of(st.none(), st.integers(1, 4)), collect=st.integers(0, 12), data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_task_comes_out_once_and_no_failure_is_lost(plans, limit, collect, data):
    """Whatever ends how and when, and whoever is cancelled: given out, or raised, exactly once."""
    cancel_set_at = data.draw(st.one_of(st.none(), st.integers(1, 6)))
    failures: list[Exception] = []
    reported: list[BaseException] = []
    running = peak = 0

    async def work(kind, seconds):
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        try:
            await trio.sleep(seconds)
        except trio.Cancelled:
            if kind == "cleanup":
                failures.append(OSError("cleanup"))
                raise failures[-1] from None
            raise
        finally:
            running -= 1
        if kind == "raise":
            failures.append(ValueError("work"))
            raise failures[-1]

    async def main():
        given_out = []
        try:
            with trio.move_on_after(cancel_set_at or 100):
                async with trio.open_nursery() as cancellers, open_join_set(limit=limit) as tasks:
                    for kind, seconds, cancel_at in plans:
                        handle = tasks.spawn(work, kind, seconds)
                        if cancel_at is not None:
                            cancellers.start_soon(cancel, handle, cancel_at + 0.5)
                    for _ in range(min(collect, len(plans))):
                        handle = await tasks.join_next()
                        given_out.append(handle)
        except* (ValueError, OSError) as group:
            reported.extend(group.exceptions)
        assert running == 0
        for handle in given_out:
            if not handle.cancelled and handle.exception() is not None:
                reported.append(handle.exception())
        while (handle := tasks.join_next_nowait()) is not None:
            assert handle.done
            given_out.append(handle)
        assert len(given_out) == len(set(map(id, given_out))) == len(plans)

    async def cancel(handle, seconds):
        await trio.sleep(seconds)
        handle.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    flat = [leaf for exc in reported for leaf in (getattr(exc, "exceptions", None) or [exc])]
    assert sorted(map(id, flat)) == sorted(map(id, failures))
    assert peak <= (limit or len(plans))
