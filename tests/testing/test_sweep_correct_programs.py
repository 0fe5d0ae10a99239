"""Correct programs pass every point of a sweep, whatever they are made of."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager, closing

import pytest
import trio

from trio_patterns import CancellationToken, gather, race, spawn, stream
from trio_patterns.backpressure import bounded_map
from trio_patterns.testing import cancel_sweep

PROGRAMS: list[Callable[[], Awaitable[object]]] = []


def passes(fn: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    PROGRAMS.append(fn)
    return fn


async def steps(n: int = 2) -> None:
    for _ in range(n):
        await trio.lowlevel.checkpoint()
    await trio.sleep(1)


@passes
async def nothing() -> None:
    pass


@passes
async def shielded_cleanup_with_a_deadline() -> None:
    try:
        await steps()
    finally:
        with trio.move_on_after(5, shield=True):
            await trio.sleep(10)


@passes
async def cleanup_that_raises_the_shield_of_its_own_scope() -> None:
    with trio.CancelScope() as scope:
        try:
            await steps()
        finally:
            scope.shield = True
            await steps()


@passes
async def nested_nurseries() -> None:
    async with trio.open_nursery() as outer:
        outer.start_soon(steps)
        async with trio.open_nursery() as inner:
            inner.start_soon(steps)
            outer.start_soon(steps)
        try:
            await steps()
        finally:
            async with trio.open_nursery():
                pass


@passes
async def nursery_start() -> None:
    async def server(task_status: trio.TaskStatus[int]) -> None:
        await steps()
        task_status.started(1)
        await steps()

    async with trio.open_nursery() as nursery:
        assert await nursery.start(server) == 1
        await steps()


@passes
async def timeouts() -> None:
    with trio.move_on_after(0.5) as scope:
        await steps()
    assert scope.cancelled_caught
    with pytest.raises(trio.TooSlowError):
        with trio.fail_after(0.5):
            await steps()
    with trio.move_on_after(1):
        await trio.sleep(1)


@passes
async def channels() -> None:
    async def produce(send: trio.MemorySendChannel[int]) -> None:
        with send:
            for item in range(3):
                await send.send(item)

    send, receive = trio.open_memory_channel[int](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce, send.clone())
        nursery.start_soon(produce, send)
        with receive:
            async for _ in receive:
                await trio.sleep(0.1)


@passes
async def locks_and_conditions() -> None:
    condition = trio.Condition()
    slots = trio.CapacityLimiter(1)
    semaphore = trio.Semaphore(1)
    ready = False

    async def waiter() -> None:
        async with condition:
            while not ready:
                await condition.wait()
        async with slots, semaphore:
            await steps()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiter)
        nursery.start_soon(waiter)
        await steps()
        async with condition:
            ready = True
            condition.notify_all()
            await steps()


@passes
async def a_safe_channel() -> None:
    @trio.as_safe_channel
    async def numbers() -> AsyncGenerator[int]:
        for number in range(2):
            yield number
            await steps(1)

    async with numbers() as received:
        async for _ in received:
            await trio.lowlevel.checkpoint()


@passes
async def a_generator_that_is_closed() -> None:
    async def numbers() -> AsyncGenerator[int]:
        for number in range(2):
            await trio.lowlevel.checkpoint()
            yield number

    async with aclosing(numbers()) as source:
        async for _ in source:
            await trio.sleep(1)


@passes
async def a_thread() -> None:
    await trio.to_thread.run_sync(time.sleep, 0.001)


@passes
async def a_thread_that_is_abandoned() -> None:
    await trio.to_thread.run_sync(time.sleep, 0.001, abandon_on_cancel=True)


@passes
async def a_thread_that_asks_back() -> None:
    def work() -> None:
        trio.from_thread.check_cancelled()
        trio.from_thread.run(trio.lowlevel.checkpoint)

    await trio.to_thread.run_sync(work)


@passes
async def a_thread_of_its_own() -> None:
    """trio does not know that the event will be set, and nor does the sweep."""
    done = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def work() -> None:
        time.sleep(0.01)
        token.run_sync_soon(done.set)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        await done.wait()
    finally:
        thread.join()


def test_the_loop_rests_while_a_thread_works() -> None:
    """Virtual time has nowhere to jump to then, and trio would ask the system again and again."""

    class Turns(trio.abc.Instrument):
        count = 0

        def before_io_wait(self, timeout: float) -> None:
            self.count += 1

    turns: list[int] = []

    async def program() -> None:
        await trio.sleep(1)
        trio.lowlevel.add_instrument(counter := Turns())
        await trio.to_thread.run_sync(time.sleep, 0.05)
        turns.append(counter.count)
        await trio.sleep(1)

    started = time.monotonic()
    cancel_sweep(program, max_points=3)
    assert turns
    assert max(turns) < 200, "50 ms in steps of 1 ms, and room for a busy machine"
    assert time.monotonic() - started < 1, "the pauses for virtual time are not real"


@asynccontextmanager
async def resource() -> AsyncIterator[int]:
    await trio.lowlevel.checkpoint()
    try:
        yield 1
    finally:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()


@passes
async def context_managers() -> None:
    async with resource() as one, resource():
        assert one == 1
        await steps()


@passes
async def exit_stacks() -> None:
    with ExitStack() as files:
        files.enter_context(closing(trio.socket.socket()))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(resource())
            nursery = await stack.enter_async_context(trio.open_nursery())
            nursery.start_soon(steps)
            await steps()


@passes
async def a_nursery_that_fails_and_is_handled() -> None:
    async def fail() -> None:
        await steps()
        raise ValueError

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(steps, 5)
            nursery.start_soon(fail)
            await trio.sleep(9)
    except* ValueError:
        pass
    await steps()


@passes
async def scopes_cancelled_at_the_same_moment() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(steps)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    with trio.CancelScope() as scope:
        scope.cancel()
        await steps()
    with trio.CancelScope() as scope:
        try:
            await steps()
        finally:
            scope.cancel()
            with trio.move_on_after(1, shield=True):
                await steps()


@passes
async def sockets() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    async def serve() -> None:
        async with await listeners[0].accept() as stream:
            await stream.send_all(b"x")

    async with listeners[0], trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with await trio.open_tcp_stream("127.0.0.1", port) as client:
            assert await client.receive_some(1) == b"x"


@passes
async def what_this_library_starts() -> None:
    async def fetch(item: int) -> int:
        await trio.sleep(item)
        return item

    token = CancellationToken()
    async with trio.open_nursery() as nursery:
        handle = spawn(nursery, fetch, 1)
        nursery.start_soon(token.wait)
        await gather(lambda: fetch(1), lambda: fetch(2))
        await race(lambda: fetch(1), lambda: fetch(2))
        assert await bounded_map(fetch, [2, 1, 3], limit=2) == [2, 1, 3]
        await stream([1, 2, 3]).map(fetch, 2).buffer(1).for_each(fetch, 2)
        assert await handle.join() == 1
        token.cancel()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_correct_program_passes(program: Callable[[], Awaitable[object]], seed: int) -> None:
    report = cancel_sweep(program, seed=seed)
    assert report.points == report.total == report.cancelled + report.finished + report.missed
