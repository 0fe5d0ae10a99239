"""What `cancel_sweep` finds: each fault in a few lines of a program, told by point, task, line and replay."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import trio
import trio.lowlevel

from trio_patterns.testing import SweepFailure, cancel_sweep


def failure_of(program: Callable[[], Awaitable[object]], **options: object) -> SweepFailure:
    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, **options)
    return info.value


async def main() -> None:
    """Only its name counts."""


class Queue:
    """Two items in a channel, and a worker."""

    def __init__(self) -> None:
        self.done = 0
        send, self.receive = trio.open_memory_channel[str](2)
        with send:
            send.send_nowait("a")
            send.send_nowait("b")

    async def program(self) -> None:
        self.__init__()  # type: ignore[misc]
        await self.work()

    async def work(self) -> None:
        async for item in self.receive:
            await self.process(item)

    async def process(self, item: str) -> None:
        await trio.sleep(1)
        self.done += 1

    def nothing_lost(self) -> bool:
        return self.done + self.receive.statistics().current_buffer_used == 2


def test_an_item_lost_between_receiving_and_processing() -> None:
    """The points are: before the start, and for each item: received, asleep, awake."""
    queue = Queue()
    failure = failure_of(queue.program, check=queue.nothing_lost)
    assert failure.problem == "check() returned False"
    assert failure.report.points == 7
    assert [point.replay for point in failure.failures] == [1, 2, 3, 4, 5, 6]
    assert failure.task == "program"
    assert failure.place is not None
    assert failure.place.function == "work"
    assert failure.place.source == "async for item in self.receive:"


def test_a_leaked_semaphore_slot() -> None:
    slots = trio.Semaphore(1)

    async def program() -> None:
        nonlocal slots
        slots = trio.Semaphore(1)
        await slots.acquire()
        await trio.sleep(1)
        slots.release()

    failure = failure_of(program, check=lambda: slots.value == 1)
    assert failure.failures[0].problem == "check() returned False"
    assert [point.idle for point in failure.failures] == [False, True, False]
    assert failure.failures[1].where[0][1] == failure.failures[0].raised[0][1]


def test_an_await_in_finally_without_a_shield() -> None:
    """The cleanup is cut short where it awaits, so what comes after is not done: check sees it."""
    opened: list[str] = []

    async def program() -> None:
        opened[:] = ["connection"]
        try:
            await trio.sleep(1)
        finally:
            await trio.lowlevel.checkpoint()
            opened.clear()

    failure = failure_of(program, check=lambda: not opened)
    assert "check() returned False" in str(failure)
    assert [place.line if place else 0 for _, place in failure.first.raised] == [
        program.__code__.co_firstlineno + 3,
        program.__code__.co_firstlineno + 5,
    ]


async def swallowing_root() -> None:
    try:
        await trio.sleep(1)
    except trio.Cancelled:
        pass


async def swallowing_child() -> None:
    """The parent is cancelled too, a moment later, so that the cancellation itself does reach the outside."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(swallowing_root)
    await trio.sleep(1)


async def masked_by_a_later_one() -> None:
    try:
        await trio.sleep(1)
    except BaseException:
        pass
    await trio.sleep(1)


async def beside_a_failed_sibling() -> None:
    async def fail() -> None:
        try:
            await trio.sleep(1)
        except trio.Cancelled as exc:
            raise ValueError from exc

    with trio.CancelScope(), pytest.MonkeyPatch.context():
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(swallowing_root)
                nursery.start_soon(fail)
        except* ValueError:
            pass
        await trio.sleep(1)


async def kept_as_a_result() -> None:
    results: list[BaseException] = []

    async def keep() -> None:
        try:
            await trio.sleep(1)
        except BaseException as exc:
            results.append(exc)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep)
        nursery.start_soon(keep)
        await trio.sleep(0.5)


@pytest.mark.parametrize(
    "program",
    [swallowing_root, swallowing_child, masked_by_a_later_one, beside_a_failed_sibling, kept_as_a_result],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_swallowed_cancellation(program: Callable[[], Awaitable[object]], seed: int) -> None:
    failure = failure_of(program, seed=seed)
    assert failure.problem.startswith("Cancelled was swallowed: it was raised at ")
    assert "await trio.sleep(1)" in str(failure)


def test_a_cancellation_that_another_scope_starts_in_the_cancelled_program_may_not_be_swallowed_either() -> (
    None
):
    async def late() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(1)
        try:
            await trio.sleep(1)
        except trio.Cancelled:
            pass

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(late)
            await trio.sleep(5)

    failure = failure_of(program)
    assert "swallowed" in failure.problem
    assert "in late" in failure.problem


def test_an_async_generator_that_nobody_closes() -> None:
    async def numbers() -> AsyncGenerator[int]:
        try:
            for number in range(3):
                yield number
        finally:
            await trio.lowlevel.checkpoint()

    async def program() -> None:
        async for _ in numbers():
            await trio.sleep(1)

    failure = failure_of(program)
    assert "async generator" in failure.problem
    assert "numbers was not closed" in failure.problem


def test_a_socket_that_nobody_closes() -> None:
    async def program() -> None:
        one = trio.socket.socket()
        await trio.sleep(1)
        one.close()

    failure = failure_of(program)
    assert failure.problem.startswith("it left something behind: ResourceWarning: unclosed <socket")
    assert [point.replay for point in failure.failures] == [0, 1, 2]


def test_a_socket_in_a_cycle_belongs_to_the_run_that_made_it() -> None:
    async def program() -> None:
        held: list[object] = [socket.socket()]
        held.append(held)
        await trio.lowlevel.checkpoint()
        held[0].close()  # type: ignore[attr-defined]

    assert [point.replay for point in failure_of(program).failures] == [0, 1]


def test_a_coroutine_that_nobody_awaits() -> None:
    async def program() -> None:
        later = main()
        await trio.lowlevel.checkpoint()
        await later

    failure = failure_of(program)
    assert "RuntimeWarning: coroutine 'main' was never awaited" in failure.problem


def test_a_system_task_left_behind() -> None:
    async def pump(stop: trio.Event) -> None:
        await stop.wait()

    async def program() -> None:
        stop = trio.Event()
        trio.lowlevel.spawn_system_task(pump, stop)
        await trio.sleep(1)
        stop.set()  # and it has a moment to end

    failure = failure_of(program)
    assert failure.problem.startswith("it left something behind: task ")
    assert failure.problem.endswith("pump still runs")
    assert failure.report.finished == 0 or len(failure.failures) < failure.report.points


def test_a_shutdown_that_hangs_behind_a_shield() -> None:
    reply = trio.Event()

    async def program() -> None:
        nonlocal reply
        reply = trio.Event()
        try:
            await trio.sleep(1)
            reply.set()
        finally:
            with trio.CancelScope(shield=True):
                await reply.wait()

    failure = failure_of(program)
    assert failure.problem.startswith("it does not end: every task waits, and nothing will wake one")
    assert "waits for a trio.Event" in failure.problem
    assert "await reply.wait()" in failure.problem


def test_a_shutdown_that_spins() -> None:
    async def program() -> None:
        done = False
        try:
            await trio.sleep(1)
            done = True
        finally:
            with trio.CancelScope(shield=True):
                while not done:
                    await trio.sleep(1)

    failure = failure_of(program, max_steps=300)
    assert failure.problem.startswith("it does not end: it still takes steps, the last in program at ")


def test_few_endless_runs_are_enough() -> None:
    """Each of them takes as many steps as it may, so that a hundred would take minutes."""

    async def program() -> None:
        done = False
        try:
            for _ in range(20):
                await trio.sleep(1)
            done = True
        finally:
            with trio.CancelScope(shield=True):
                while not done:
                    await trio.lowlevel.checkpoint()

    failure = failure_of(program, max_steps=1000)
    assert len(failure.failures) == 3
    assert str(failure).startswith("3 of 3 points fail (38 more not tried), first: cancelled at point 0,")


def test_a_task_that_catches_everything_is_ended_all_the_same() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await trio.lowlevel.checkpoint()
                if done:
                    return
            except BaseException:
                pass

    done = False

    async def program() -> None:
        nonlocal done
        done = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stubborn)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            done = True

    failure = failure_of(program, max_steps=200)
    assert "it does not end" in failure.problem


def test_an_exception_that_escapes_beside_the_cancellation() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        finally:
            if trio.current_effective_deadline() < 0:
                raise ValueError("in the cleanup")

    failure = failure_of(program)
    wanted = "something else than the cancellation left it: ValueError('in the cleanup')"
    assert failure.problem == wanted
    assert isinstance(failure.__cause__, ValueError)


def test_a_cleanup_that_takes_too_long() -> None:
    async def program() -> None:
        try:
            await trio.sleep(1)
        finally:
            with trio.move_on_after(20, shield=True):
                await trio.sleep(15)

    cancel_sweep(program, within=16)
    assert failure_of(program, within=15.5).problem == (
        "it took 16 s of virtual time to end, more than within=15.5"
    )


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_stop_is_not_kept_from_it(kind: type[BaseException]) -> None:
    async def program() -> None:
        async with trio.open_nursery():
            try:
                await trio.sleep(1)
            finally:
                if trio.current_effective_deadline() < 0:
                    raise kind

    with pytest.raises(kind):
        cancel_sweep(program)
