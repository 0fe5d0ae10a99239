"""What a blocked task waits for, told from its stack."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from trio_patterns import CancellationToken, open_join_set, spawn
from trio_patterns._core.waits import Wait, wait_of
from trio_patterns.spawning import offload


async def waits(fn: Callable[[], Awaitable[object]]) -> Wait:
    """Return what a task that runs ``fn`` waits for, once nothing moves any more."""
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            await fn()

        nursery.start_soon(run)
        await trio.testing.wait_all_tasks_blocked(0.001)
        (task,) = nursery.child_tasks
        wait = wait_of(task)
        nursery.cancel_scope.cancel()
    return wait


async def test_what_another_task_can_bring_about() -> None:
    send, receive = trio.open_memory_channel[int](0)
    condition = trio.Condition()
    token = CancellationToken()

    async def wait_for_notify() -> None:
        async with condition:
            await condition.wait()

    async def park() -> None:
        await trio.lowlevel.ParkingLot().park()

    with send, receive:
        for fn, text in [
            (trio.Event().wait, "a trio.Event"),
            (trio.Semaphore(0).acquire, "a trio.Semaphore"),
            (wait_for_notify, "a trio.Condition"),
            (receive.receive, "an item from a trio.MemoryReceiveChannel"),
            (lambda: send.send(1), "room in a trio.MemorySendChannel"),
            (trio.sleep_forever, "nothing, for ever"),
            (park, "another task"),
            (token.wait, "a trio.Event"),
        ]:
            wait = await waits(fn)
            assert (wait.kind, wait.text) == ("memory", text), fn
            assert wait.place is not None and wait.place.file == __file__


async def test_locks_and_limiters_are_the_thing_waited_for() -> None:
    lock, fifo, limiter = trio.Lock(), trio.StrictFIFOLock(), trio.CapacityLimiter(1)
    async with lock, fifo, limiter:
        for what in (lock, fifo, limiter):

            async def take(what: trio.Lock | trio.CapacityLimiter = what) -> None:
                async with what:
                    pass

            wait = await waits(take)
            assert wait.what is what
            assert wait.text == f"a trio.{type(what).__name__}"
            assert wait.place is not None and wait.place.source == "async with what:"


async def test_after_it_was_notified_a_task_waits_for_the_lock() -> None:
    condition = trio.Condition()

    async def wait_for_notify() -> None:
        async with condition:
            await condition.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_for_notify)
        await trio.testing.wait_all_tasks_blocked()
        (task,) = nursery.child_tasks
        async with condition:
            condition.notify()
            wait = wait_of(task)
            assert wait.text == "a trio.Lock"
            assert isinstance(wait.what, trio.Lock)
            assert wait.what.statistics().owner is trio.lowlevel.current_task()


async def test_a_nursery_waits_for_its_tasks() -> None:
    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)

    wait = await waits(program)
    assert (wait.kind, wait.text) == ("tasks", "its tasks to end")
    assert isinstance(wait.what, trio.Nursery)


async def test_time_and_idleness() -> None:
    assert (await waits(lambda: trio.sleep(100))).kind == "time"
    assert (await waits(lambda: trio.sleep(math.inf))).kind == "time"
    assert (await waits(lambda: trio.testing.wait_all_tasks_blocked(50))).kind == "idle"


async def test_threads() -> None:
    stop = threading.Event()

    async def thread() -> None:
        await trio.to_thread.run_sync(stop.wait, abandon_on_cancel=True)

    async def own() -> None:
        await offload(stop.wait, abandon_on_cancel=True)

    assert (await waits(thread)).text == "a thread"
    wait = await waits(own)
    assert (wait.kind, wait.text) == ("outside", "a thread")
    stop.set()


async def test_a_full_thread_limiter_is_a_limiter() -> None:
    limiter = trio.CapacityLimiter(1)
    await limiter.acquire_on_behalf_of("somebody")
    wait = await waits(lambda: trio.to_thread.run_sync(int, limiter=limiter))
    assert (wait.kind, wait.what) == ("memory", limiter)


async def test_what_a_thread_asks_trio_for_is_a_wait_of_its_own() -> None:
    event = trio.Event()
    seen: list[Wait] = []

    async def program() -> None:
        await trio.to_thread.run_sync(trio.from_thread.run, event.wait)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(program)
        (task,) = nursery.child_tasks
        while not seen or seen[-1].text != "a trio.Event":
            await trio.testing.wait_all_tasks_blocked(0.001)
            seen.append(wait_of(task))
        event.set()
    assert seen[-1].kind == "memory"


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="POSIX")
async def test_signals_and_sockets_come_from_outside() -> None:
    async def signals() -> None:
        with trio.open_signal_receiver(signal.SIGUSR1) as received:
            async for _ in received:
                pass

    one, other = trio.socket.socketpair()
    with one, other:
        for fn, text in [(signals, "a signal"), (lambda: one.recv(1), "something outside")]:
            wait = await waits(fn)
            assert (wait.kind, wait.text) == ("outside", text)


async def test_a_wait_of_your_own_may_be_for_anything() -> None:
    async def program() -> None:
        await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.SUCCEEDED)

    assert (await waits(program)).kind == "outside"


async def test_what_this_library_parks_waits_for_tasks() -> None:
    async def join() -> None:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, trio.sleep_forever)
            await handle.join()

    async def next_one() -> None:
        async with open_join_set() as tasks:
            tasks.spawn(trio.sleep_forever)
            await tasks.join_next()

    assert (await waits(join)).kind == "memory"
    assert (await waits(next_one)).kind == "memory"
