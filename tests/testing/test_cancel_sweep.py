"""What `cancel_sweep` finds: each fault in a few lines of a program, told by point, task, line and replay."""

from __future__ import annotations

import contextlib
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
    with contextlib.suppress(trio.Cancelled):
        await trio.sleep(1)


async def swallowing_child() -> None:
    """The parent is cancelled too, a moment later, so that the cancellation itself does reach the outside."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(swallowing_root)
    await trio.sleep(1)


async def masked_by_a_later_one() -> None:
    with contextlib.suppress(BaseException):
        await trio.sleep(1)
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
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(1)

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


def test_within_counts_from_the_cancellation() -> None:
    """However late that comes."""

    async def slow_to_go() -> None:
        try:
            await trio.sleep(100)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)

    assert cancel_sweep(slow_to_go, within=3).points > 3
    with pytest.raises(SweepFailure, match=r"3 s of virtual time to end, more than within=2\.9"):
        cancel_sweep(slow_to_go, within=2.9)
