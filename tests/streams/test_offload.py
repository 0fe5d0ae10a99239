"""``offload``: blocking functions in threads or in an executor, in order."""

from __future__ import annotations

import math
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import outcome
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import stream

current = ContextVar("current", default="nobody")


class ManualExecutor(Executor):
    """Runs a call when the test says so, so that no clock and no thread is needed."""

    def __init__(self) -> None:
        self.calls: dict[Any, tuple[Future[Any], Callable[..., Any]]] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls[args[0]] = (future, fn)
        return future

    async def finish(self, *items: int) -> None:
        for item in items:
            future, fn = self.calls.pop(item)
            try:
                future.set_result(fn(item))
            except Exception as exc:
                future.set_exception(exc)
            await trio.testing.wait_all_tasks_blocked()


class InlineExecutor(Executor):
    """Runs each call when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args))
        return future


def double(item: int) -> int:
    return 2 * item


def fail_at_1(item: int) -> int:
    if item == 1:
        raise ValueError("item 1")
    return item


@given(items=st.lists(st.integers()), limit=st.integers(1, 5))
def test_against_plain_python(items: list[int], limit: int) -> None:
    async def main() -> None:
        found = await stream(items).offload(double, limit, executor=InlineExecutor()).collect()
        assert found == [2 * item for item in items]

    trio.run(main)


async def test_it_runs_in_other_threads() -> None:
    threads: set[int] = set()

    def work(item: int) -> int:
        threads.add(threading.get_ident())
        return 2 * item

    assert await stream(range(5)).offload(work).collect() == [0, 2, 4, 6, 8]
    with ThreadPoolExecutor(1, thread_name_prefix="mine") as pool:
        name = await stream([0]).offload(lambda _: threading.current_thread().name, executor=pool).first()
    assert name.startswith("mine")
    assert threading.get_ident() not in threads


async def test_a_process_pool() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = await stream([3, 4, 5]).offload(math.factorial, limit=2, executor=pool).collect()
    assert found == [6, 24, 120]


@pytest.mark.parametrize("limit", [1, 2])
async def test_the_limit_in_threads(limit: int) -> None:
    """Two calls meet at the barrier if they run at the same time, and wait in vain if they don't."""
    barrier = threading.Barrier(limit, timeout=10)
    running = most = 0
    lock = threading.Lock()

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait()
        with lock:
            running -= 1
        return item

    assert await stream(range(4)).offload(work, limit).collect() == [0, 1, 2, 3]
    assert most == limit


@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_the_limit_in_an_executor(limit: int) -> None:
    executor = ManualExecutor()
    limiter = trio.CapacityLimiter(limit)
    async with trio.open_nursery() as nursery:
        for each in (limit, limiter):
            nursery.start_soon(stream(range(1000)).offload(double, each, executor=executor).drain)
            await trio.testing.wait_all_tasks_blocked()
            assert sorted(executor.calls) == list(range(limit))
            executor.calls.clear()
        nursery.cancel_scope.cancel()


async def test_results_come_in_the_order_of_the_items() -> None:
    executor = ManualExecutor()
    seen: list[int] = []
    async with trio.open_nursery() as nursery:
        work = stream(range(4)).offload(double, limit=3, executor=executor)
        nursery.start_soon(work.for_each, seen.append)
        await trio.testing.wait_all_tasks_blocked()
        await executor.finish(2, 1)
        assert seen == []
        await executor.finish(0)
        assert seen == [0, 2, 4]
        await executor.finish(3)
    assert seen == [0, 2, 4, 6]


async def test_a_failure_comes_after_the_results_before_it(tap) -> None:
    executor = ManualExecutor()
    seen: list[int] = []

    async def finish() -> None:
        await trio.testing.wait_all_tasks_blocked()
        await executor.finish(1)
        assert executor.calls[2][0].cancelled(), "what stands behind the failure is withdrawn"
        await executor.finish(0)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(finish)
        with pytest.raises(ValueError, match="item 1"):
            work = stream(tap.source()).offload(fail_at_1, limit=3, executor=executor)
            await work.for_each(seen.append)
    assert seen == [0]
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("limit", [1, 3])
async def test_failures_as_values(limit: int) -> None:
    found = await stream(range(3)).offload(fail_at_1, limit).outcomes().collect()
    assert [found[0], found[2]] == [outcome.Value(0), outcome.Value(2)]
    assert isinstance(found[1].error, ValueError)  # type: ignore[union-attr]


@pytest.mark.parametrize("limit", [1, 3])
async def test_empty_and_failing_sources(limit: int, tap) -> None:
    assert await stream(list[int]()).offload(double, limit).collect() == []
    seen: list[int] = []
    with pytest.raises(KeyError, match="source"):
        source = stream(tap.source(2, error=KeyError("source")))
        await source.offload(double, limit).for_each(seen.append)
    assert seen == [0, 2]


async def test_stopping_early_withdraws_what_is_queued(tap) -> None:
    executor = ManualExecutor()

    async def finish() -> None:
        await trio.testing.wait_all_tasks_blocked()
        await executor.finish(0)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(finish)
        assert await stream(tap.source()).offload(double, limit=3, executor=executor).first() == 0
    assert len(tap.closed_at) == 1
    assert all(future.cancelled() for future, _ in executor.calls.values())


async def test_a_token_is_held_until_the_call_has_ended() -> None:
    executor, limiter = ManualExecutor(), trio.CapacityLimiter(2)
    scope = trio.CancelScope()

    async def run() -> None:
        with scope:
            await stream(range(2)).offload(double, limiter, executor=executor).drain()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        await trio.testing.wait_all_tasks_blocked()
        for future, _ in executor.calls.values():
            assert future.set_running_or_notify_cancel()
        scope.cancel()
        await executor.finish(1)
        assert limiter.borrowed_tokens == 1
        await executor.finish(0)
    assert limiter.borrowed_tokens == 0


@pytest.mark.parametrize("limit", [1, 2])
async def test_a_running_call_is_waited_for_when_the_stream_is_cancelled(limit: int, tap) -> None:
    started, release = threading.Event(), threading.Event()
    ended: list[int] = []
    stream_ended = False

    def work(item: int) -> int:
        started.set()
        release.wait(5)
        ended.append(item)
        return item

    async def cancel() -> None:
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert not stream_ended
        release.set()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(cancel)
            try:
                await stream(tap.source()).offload(work, limit).for_each(lambda _: trio.lowlevel.checkpoint())
            finally:
                stream_ended = True
    assert scope.cancelled_caught
    assert len(ended) == limit
    assert len(tap.closed_at) == 1


async def test_a_thread_may_ask_whether_the_stream_is_cancelled() -> None:
    started, cancelled = threading.Event(), threading.Event()

    def work(item: int) -> None:
        started.set()
        cancelled.wait(5)
        trio.from_thread.check_cancelled()
        raise AssertionError("not cancelled")

    async def cancel() -> None:
        await trio.to_thread.run_sync(started.wait)
        scope.cancel()
        cancelled.set()

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(cancel)
            await stream([1]).offload(work).outcomes().drain()
    assert scope.cancelled_caught


async def test_the_description_runs_again_and_twice_at_once() -> None:
    described = stream(range(5)).offload(double, limit=2)
    results: list[list[int]] = []

    async def run() -> None:
        results.append(await described.collect())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        nursery.start_soon(run)
    await run()
    assert results == [[0, 2, 4, 6, 8]] * 3


@pytest.mark.parametrize("limit", [1, 3])
async def test_context_variables_reach_the_thread_and_stay_there(limit: int) -> None:
    def mark(item: int) -> str:
        before = current.get()
        current.set(f"item {item}")
        return before

    token = current.set("caller")
    assert await stream(range(4)).offload(mark, limit).collect() == ["caller"] * 4
    assert current.get() == "caller"
    current.reset(token)


def test_an_async_function_is_refused_at_the_call() -> None:
    async def fetch(item: int) -> int:
        return item

    with pytest.raises(TypeError, match=r"fn must be a plain \(not async\) function, got the async function"):
        stream([1]).offload(fetch)
    with pytest.raises(TypeError, match=r"fn must be a plain \(not async\) function, got 3"):
        stream([1]).offload(3)  # type: ignore[arg-type]


async def test_a_function_that_turns_out_to_be_async_is_named() -> None:
    async def fetch(item: int) -> int:
        return item

    for executor in (None, InlineExecutor()):
        with pytest.raises(TypeError, match=r"fetch|<lambda>"):
            await stream([1]).offload(lambda item: fetch(item), executor=executor).drain()


def test_other_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"limit must be an int >= 1 or a trio.CapacityLimiter, got 0"):
        stream([1]).offload(double, 0)
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, got 'pool'"):
        stream([1]).offload(double, executor="pool")  # type: ignore[arg-type]
