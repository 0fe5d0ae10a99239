"""`fail_when_stalled`: a deadlock fails at once, and whatever may still go on is none."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
import trio
import trio.testing

from trio_patterns.spawning import offload
from trio_patterns.testing import Stalled, fail_when_stalled
from trio_patterns.testing.standstill import is_stalled, threads_now


class Deadlock:
    """Two tasks, two locks."""

    def __init__(self) -> None:
        self.a, self.b = trio.Lock(), trio.Lock()

    async def take(self, first: trio.Lock, second: trio.Lock) -> None:
        async with first:
            await trio.sleep(0.001)
            async with second:
                pass

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.take, self.a, self.b)
            nursery.start_soon(self.take, self.b, self.a)


async def stalls() -> Stalled:
    with pytest.raises(Stalled) as info:
        with fail_when_stalled():
            await Deadlock().run()
    return info.value


def told_well(stalled: Stalled) -> None:
    assert isinstance(stalled, AssertionError)
    assert str(stalled).startswith("every task waits, and nothing will wake one\n")
    assert "take #1 waits for a trio.Lock #1" in str(stalled)
    assert len(stalled.graph.cycle) == 2
    assert stalled.__cause__ is None


async def test_with_a_virtual_clock(autojump_clock: trio.testing.MockClock) -> None:
    told_well(await stalls())


async def test_with_a_real_clock() -> None:
    begun = time.perf_counter()
    told_well(await stalls())
    assert time.perf_counter() - begun < 2


def test_in_a_run_of_its_own() -> None:
    told_well(trio.run(stalls))
    told_well(trio.run(stalls, clock=trio.testing.MockClock(autojump_threshold=0.001)))


def test_outside_trio_it_is_refused() -> None:
    with pytest.raises(RuntimeError):
        with fail_when_stalled():
            pass


async def test_what_ends_is_no_stall(autojump_clock: trio.testing.MockClock) -> None:
    with fail_when_stalled():
        await trio.sleep(5)
        await trio.testing.wait_all_tasks_blocked(0.01)
        with trio.move_on_after(3):
            await trio.sleep_forever()
        with trio.move_on_after(3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.Event().wait)


async def test_threads_are_no_stall() -> None:
    with fail_when_stalled():
        await trio.to_thread.run_sync(time.sleep, 0.02)
        await trio.to_thread.run_sync(time.sleep, 0.02, abandon_on_cancel=True)
        await offload(time.sleep, 0.02)
        await trio.to_thread.run_sync(trio.from_thread.run, trio.sleep, 0.02)


async def test_an_event_that_a_thread_of_your_own_sets_is_no_stall() -> None:
    token = trio.lowlevel.current_trio_token()
    event = trio.Event()

    def work() -> None:
        time.sleep(0.05)
        token.run_sync_soon(event.set)

    with fail_when_stalled():
        thread = threading.Thread(target=work)
        thread.start()
        await event.wait()
    thread.join()


async def test_an_idle_thread_of_a_pool_wakes_nobody() -> None:
    with fail_when_stalled():
        await trio.to_thread.run_sync(time.sleep, 0.001)
        await offload(time.sleep, 0.001)
        others = threads_now() - set(threading.enumerate())
        assert not is_stalled(others), "this task runs, and its wait is none of those known"
    await stalls()


async def test_sockets_are_no_stall() -> None:
    one, other = trio.socket.socketpair()

    def send() -> None:
        time.sleep(0.02)
        os.write(other.fileno(), b"x")

    with one, other:
        thread = threading.Thread(target=send)
        with fail_when_stalled():
            thread.start()
            assert await one.recv(1) == b"x"
        thread.join()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX")
async def test_signals_are_no_stall() -> None:
    with fail_when_stalled():
        with trio.open_signal_receiver(signal.SIGALRM) as received:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            async for _ in received:
                break


async def test_a_wait_of_your_own_is_no_stall() -> None:
    task = trio.lowlevel.current_task()
    token = trio.lowlevel.current_trio_token()
    timer = threading.Timer(0.02, lambda: token.run_sync_soon(trio.lowlevel.reschedule, task))
    timer.start()
    with fail_when_stalled():
        await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)
    timer.join()


async def test_a_sleep_until_the_end_of_time_is_a_stall() -> None:
    with pytest.raises(Stalled, match="waits for its time"):
        with fail_when_stalled():
            await trio.sleep(float("inf"))


async def test_a_stall_behind_a_shield_ends_too() -> None:
    with pytest.raises(Stalled, match=r"waits for a trio\.Event"):
        with fail_when_stalled():
            with trio.CancelScope(shield=True):
                await trio.Event().wait()


async def test_a_stall_that_refuses_to_be_cancelled_ends_too() -> None:
    """What trio's nurseries do with a wait, in a place that counts as trio's."""
    scope: dict = {"__name__": "trio._core._parking_lot", "trio": trio}
    source = "async def park():\n    await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)"
    exec(source, scope)
    with pytest.raises(Stalled, match="waits for another task") as info:
        with fail_when_stalled():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(scope["park"])
    assert "gave this run up" in repr(info.value.__cause__)


async def test_stalls_come_one_after_the_other() -> None:
    """A cleanup may stall as well; the first one is told."""
    with pytest.raises(Stalled, match=r"waits for a trio\.Semaphore"):
        with fail_when_stalled():
            try:
                await trio.Semaphore(0).acquire()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.Event().wait()


async def test_an_error_of_the_block_is_chained() -> None:
    with pytest.raises(Stalled) as info:
        with fail_when_stalled():
            try:
                await trio.Event().wait()
            finally:
                raise KeyError("cherry")
    assert isinstance(info.value.__cause__, KeyError)


async def test_a_block_that_catches_the_cancellation_has_stalled_all_the_same() -> None:
    with pytest.raises(Stalled):
        with fail_when_stalled():
            try:
                await trio.Event().wait()
            except trio.Cancelled:
                pass


async def test_an_error_without_a_stall_goes_through() -> None:
    with pytest.raises(KeyError):
        with fail_when_stalled():
            raise KeyError


async def test_a_cancellation_from_outside_wins() -> None:
    with trio.CancelScope() as scope:
        with fail_when_stalled():
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught

    with trio.CancelScope() as scope:
        with fail_when_stalled():
            try:
                await trio.Event().wait()
            finally:
                scope.cancel()
                await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught


async def test_afterwards_nobody_watches() -> None:
    with fail_when_stalled():
        await trio.lowlevel.checkpoint()
    with trio.move_on_after(0.01):
        await trio.Event().wait()


async def test_the_whole_run_is_looked_at() -> None:
    """A task outside the block may still wake one inside."""
    event = trio.Event()

    async def later() -> None:
        await trio.sleep(0.01)
        event.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(later)
        with fail_when_stalled():
            await event.wait()
