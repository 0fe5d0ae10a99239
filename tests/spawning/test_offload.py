"""`offload`: blocking work in a trio thread or in an executor."""

from __future__ import annotations

import contextvars
import math
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager
from functools import partial

import pytest
import trio
import trio.testing

from trio_patterns.spawning import offload

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class ManualExecutor(Executor):
    """Runs a call when the test says so."""

    def __init__(self):
        self.futures = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.futures.append((future, fn, args))
        return future

    def start(self):
        assert self.futures[0][0].set_running_or_notify_cancel()

    def finish(self):
        future, fn, args = self.futures.pop(0)
        future.set_result(fn(*args))


@pytest.fixture
def thread_pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def process_pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(abs, -1).result()
        yield pool


@contextmanager
def took_less_than(seconds):
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


# Threads


async def test_it_runs_in_another_thread_while_trio_goes_on():
    ticks = []
    go = threading.Event()

    async def tick():
        for _ in range(5):
            ticks.append(1)
            await trio.lowlevel.checkpoint()
        go.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        assert await offload(lambda: (go.wait(10), threading.get_ident())) != (True, threading.get_ident())
    assert len(ticks) == 5


async def test_arguments_are_passed_and_failures_raised():
    assert await offload(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await offload(divmod, 7, 0)
    with trio.testing.assert_checkpoints():
        await offload(int)


async def test_threads_see_context_variables():
    variable.set("caller")
    assert await offload(variable.get) == "caller"


async def test_limiter_bounds_threads():
    limiter = trio.CapacityLimiter(1)
    running = peak = 0

    def work():
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        time.sleep(0.001)
        running -= 1

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(partial(offload, work, limiter=limiter))
    assert peak == 1
    assert limiter.borrowed_tokens == 0


async def test_a_cancelled_call_is_waited_for_by_default():
    """The value comes back as if nothing had happened; the cancellation shows at the next checkpoint."""
    started, release = threading.Event(), threading.Event()

    def work():
        started.set()
        release.wait(10)
        return "value"

    async def cancel():
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()
        release.set()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(cancel)
            value = await offload(work)
            await trio.lowlevel.checkpoint()
    assert value == "value"
    assert scope.cancelled_caught


async def test_check_cancelled_ends_a_loop_early():
    """A thread can't be stopped, but it can ask."""
    started = threading.Event()
    finished = []

    def work():
        started.set()
        for _ in range(10_000):
            trio.from_thread.check_cancelled()
            time.sleep(0.001)
        finished.append(True)

    async def cancel():
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()

    with took_less_than(5):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope:
                nursery.start_soon(cancel)
                await offload(work)
    assert scope.cancelled_caught
    assert finished == []


async def test_an_abandoned_thread_keeps_its_token_until_it_really_ends():
    limiter = trio.CapacityLimiter(1)
    started, release = threading.Event(), threading.Event()

    def work():
        started.set()
        release.wait(10)

    async def cancel():
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(cancel)
            await offload(work, limiter=limiter, abandon_on_cancel=True)
    assert scope.cancelled_caught
    assert limiter.borrowed_tokens == 1
    release.set()
    async with limiter:
        pass
    assert limiter.borrowed_tokens == 0


async def test_an_abandoned_call_can_close_what_it_has_opened():
    """Its value is thrown away, so a connection in it would leak; the function itself can see that."""
    started, release = threading.Event(), threading.Event()
    closed = threading.Event()

    def connect():
        started.set()
        release.wait(10)
        connection = "connection"
        try:
            trio.from_thread.check_cancelled()
        except trio.Cancelled:
            closed.set()
            raise
        return connection

    async def cancel():
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(cancel)
            await offload(connect, abandon_on_cancel=True)
    assert not closed.is_set()
    release.set()
    assert await offload(closed.wait, 10)


async def test_an_autojump_clock_does_not_wait_for_a_thread(autojump_clock):
    """The documented danger: a minute is over at once, because the clock does not see the thread."""
    with took_less_than(5), trio.move_on_after(60) as scope:
        await offload(time.sleep, 0.05, abandon_on_cancel=True)
    assert scope.cancelled_caught
    assert trio.current_time() == 60


# Executors


async def test_a_thread_pool_runs_the_call(thread_pool):
    assert await offload(threading.get_ident, executor=thread_pool) != threading.get_ident()
    assert await offload(divmod, 7, 2, executor=thread_pool) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await offload(divmod, 7, 0, executor=thread_pool)
    with trio.testing.assert_checkpoints():
        await offload(int, executor=thread_pool)


async def test_a_process_pool_runs_the_call(process_pool):
    assert await offload(os.getpid, executor=process_pool) != os.getpid()
    assert await offload(math.factorial, 20, executor=process_pool) == math.factorial(20)
    with pytest.raises(ZeroDivisionError):
        await offload(divmod, 7, 0, executor=process_pool)


async def test_what_can_not_be_pickled_fails_as_itself(process_pool):
    with pytest.raises(Exception, match="pickle"):
        await offload(lambda: 3, executor=process_pool)
    assert await offload(abs, -3, executor=process_pool) == 3


async def test_the_error_of_a_broken_pool_arrives_as_itself():
    limiter = trio.CapacityLimiter(1)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(BrokenExecutor, match="terminated abruptly"):
            await offload(os._exit, 1, executor=pool, limiter=limiter)
        with pytest.raises(BrokenExecutor, match="terminated abruptly"):
            await offload(abs, -1, executor=pool, limiter=limiter)  # from submit
    assert limiter.borrowed_tokens == 0


async def test_a_pool_that_was_shut_down_refuses_as_itself():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        await offload(abs, -1, executor=pool)


async def test_a_call_that_the_executor_cancels_fails_with_its_error():
    executor = ManualExecutor()
    async with trio.open_nursery() as nursery:

        async def expect():
            with pytest.raises(CancelledError):
                await offload(abs, -1, executor=executor)

        nursery.start_soon(expect)
        await trio.testing.wait_all_tasks_blocked()
        executor.futures[0][0].cancel()


async def test_a_call_done_at_once():
    class Inline(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_result(fn(*args))
            return future

    assert await offload(abs, -1, executor=Inline()) == 1


async def test_a_queued_call_is_withdrawn_when_cancelled():
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(offload, abs, -1, executor=executor, limiter=limiter))
        await trio.testing.wait_all_tasks_blocked()
        assert limiter.borrowed_tokens == 1
        nursery.cancel_scope.cancel()
    assert executor.futures[0][0].cancelled()
    await trio.testing.wait_all_tasks_blocked()
    assert limiter.borrowed_tokens == 0


async def test_a_queued_call_in_a_busy_thread_pool_never_runs(thread_pool):
    started, release = threading.Event(), threading.Event()
    ran = []

    def work():
        started.set()
        release.wait(10)
        return "value"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(offload, work, executor=thread_pool))
        await trio.to_thread.run_sync(started.wait)
        with trio.move_on_after(0.01) as scope:
            await offload(ran.append, 1, executor=thread_pool)
        assert scope.cancelled_caught
        release.set()
    await offload(int, executor=thread_pool)
    assert ran == []


async def test_a_running_call_is_waited_for_when_cancelled():
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(1)
    values = []

    async def call():
        with trio.CancelScope() as scope:
            scopes.append(scope)
            values.append(await offload(abs, -1, executor=executor, limiter=limiter))
            await trio.lowlevel.checkpoint()
        values.append(scope.cancelled_caught)

    scopes: list[trio.CancelScope] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await trio.testing.wait_all_tasks_blocked()
        executor.start()
        scopes[0].cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert values == []
        assert limiter.borrowed_tokens == 1
        executor.finish()
    assert values == [1, True]
    assert limiter.borrowed_tokens == 0


async def test_a_running_call_can_be_abandoned_and_keeps_its_token():
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            partial(offload, abs, -1, executor=executor, limiter=limiter, abandon_on_cancel=True)
        )
        await trio.testing.wait_all_tasks_blocked()
        executor.start()
        nursery.cancel_scope.cancel()
    assert limiter.borrowed_tokens == 1
    executor.finish()
    await trio.testing.wait_all_tasks_blocked()
    assert limiter.borrowed_tokens == 0


async def test_calls_at_once_borrow_a_token_each():
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(2)
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(partial(offload, abs, -1, executor=executor, limiter=limiter))
        await trio.testing.wait_all_tasks_blocked()
        assert (len(executor.futures), limiter.borrowed_tokens) == (2, 2)
        for _ in range(3):
            executor.finish()
            await trio.testing.wait_all_tasks_blocked()
    assert limiter.borrowed_tokens == 0


async def test_a_cancelled_scope_submits_nothing():
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await offload(abs, -1, executor=executor)
    async with trio.open_nursery() as nursery, limiter:
        nursery.start_soon(partial(offload, abs, -1, executor=executor, limiter=limiter))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert scope.cancelled_caught
    assert executor.futures == []
    assert limiter.borrowed_tokens == 0


def test_a_call_that_outlives_the_run_is_ignored(caplog):
    executor = ManualExecutor()

    async def main():
        with trio.move_on_after(0.01):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(partial(offload, abs, -1, executor=executor, abandon_on_cancel=True))
                await trio.testing.wait_all_tasks_blocked()
                executor.start()

    trio.run(main)
    executor.finish()
    assert caplog.records == []


async def test_a_failure_of_an_executor_is_no_cyclic_garbage(thread_pool):
    import gc
    import weakref

    class Marker:
        pass

    def fail(marker):
        raise ValueError("no")

    gc.collect()
    gc.disable()
    try:
        marker = Marker()
        with pytest.raises(ValueError, match="no") as info:
            await offload(fail, marker, executor=thread_pool)
        gone = weakref.ref(marker)
        del marker, info
        await offload(int, executor=thread_pool)  # the worker forgets its last call when it gets another
        assert gone() is None
    finally:
        gc.enable()


# Arguments


@pytest.mark.parametrize("wrap", [False, True])
async def test_an_async_function_is_refused(wrap):
    async def work():
        pass  # pragma: no cover

    fn = partial(work) if wrap else work
    with pytest.raises(TypeError, match=r"fn must be a plain \(not async\) function, got the async function"):
        await offload(fn)


async def test_a_coroutine_is_refused():
    async def work():
        pass  # pragma: no cover

    with pytest.raises(TypeError, match="not the call"):
        await offload(work())


@pytest.mark.parametrize("kind", ["thread", "executor"])
async def test_a_function_that_returns_a_coroutine_is_refused(thread_pool, kind):
    async def work():
        pass  # pragma: no cover

    message = (
        r"sync function" if kind == "thread" else r"^fn must be .*, but <function .*> returned a coroutine"
    )
    with pytest.raises(TypeError, match=message):
        await offload(lambda: work(), executor=thread_pool if kind == "executor" else None)


async def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match=r"fn must be a plain \(not async\) function, got 3"):
        await offload(3)


async def test_what_is_no_executor_or_limiter_is_refused():
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, got 3"):
        await offload(int, executor=3)
    with pytest.raises(TypeError, match=r"limiter must be a trio\.CapacityLimiter, got 3"):
        await offload(int, limiter=3)


async def test_a_look_alike_of_a_limiter_is_accepted():
    class Counting:
        def __init__(self):
            self.log = []

        async def acquire_on_behalf_of(self, borrower):
            self.log.append("acquire")

        def acquire_on_behalf_of_nowait(self, borrower):
            raise NotImplementedError

        def release_on_behalf_of(self, borrower):
            self.log.append("release")

    limiter = Counting()
    await offload(int, limiter=limiter)
    assert limiter.log == ["acquire", "release"]
