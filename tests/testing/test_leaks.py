"""What a run leaves behind: told once, for the run that did it, and nothing else changed."""

from __future__ import annotations

import contextlib
import gc
import sys
import warnings
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Generator

import pytest
import trio

from trio_patterns.streams import stream
from trio_patterns.testing import ExploreFailure, cancel_sweep, explore
from trio_patterns.testing.leaks import LeakWatch


async def numbers() -> AsyncGenerator[int]:
    yield 1
    yield 2


def problem_of(program: object) -> str:
    with pytest.raises(ExploreFailure) as info:
        explore(program, schedules=1)  # type: ignore[arg-type]
    return info.value.problem


def test_an_open_generator_that_is_still_held() -> None:
    held = []

    async def program() -> None:
        held.append(numbers())
        await anext(held[-1])

    problem = problem_of(program)
    assert problem.count("async generator numbers was not closed") == 1
    assert f"({__file__}:{numbers.__code__.co_firstlineno})" in problem


def test_an_open_generator_that_was_dropped() -> None:
    async def program() -> None:
        await anext(numbers())
        await trio.sleep(1)

    problem = problem_of(program)
    assert problem.count("async generator numbers was not closed") == 1
    assert "Warning" not in problem


def test_two_of_one_kind_are_told_once() -> None:
    held = []

    async def program() -> None:
        for _ in range(2):
            held.append(numbers())
            await anext(held[-1])

    assert problem_of(program).count("numbers was not closed") == 1


def test_a_system_task_that_crashes_fails_the_run() -> None:
    async def crash() -> None:
        raise KeyError("cherry")

    async def program() -> None:
        trio.lowlevel.spawn_system_task(crash)
        await trio.sleep(1)

    assert "it raised TrioInternalError" in problem_of(program)


def test_a_generator_that_never_began_or_is_at_its_end_is_none() -> None:
    async def program() -> None:
        never = numbers()
        ended = numbers()
        async for _ in ended:
            await trio.lowlevel.checkpoint()
        await trio.sleep(1)
        del never

    explore(program, schedules=2)


def test_an_exception_that_nobody_could_catch() -> None:
    class Careless:
        def __del__(self) -> None:
            raise ValueError("in __del__")

    async def program() -> None:
        Careless()

    assert "exception that nobody could catch: ValueError('in __del__')" in problem_of(program)


def test_several_things_are_told_together() -> None:
    async def program() -> None:
        trio.socket.socket()
        await anext(numbers())
        trio.lowlevel.spawn_system_task(trio.sleep_forever)

    problem = problem_of(program)
    assert problem.startswith("it left something behind: ")
    assert "unclosed <socket" in problem
    assert "numbers was not closed" in problem
    assert "task trio.sleep_forever still runs" in problem


def test_a_system_task_may_have_children() -> None:
    async def service(stop: trio.Event) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            await stop.wait()
            nursery.cancel_scope.cancel()

    async def program() -> None:
        stop = trio.Event()
        trio.lowlevel.spawn_system_task(service, stop)
        await trio.sleep(1)
        stop.set()

    explore(program, schedules=3)


def test_a_system_task_that_refuses_to_end_does_not_hang_the_test() -> None:
    async def waits() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    async def spins() -> None:
        while True:
            with contextlib.suppress(BaseException):
                await trio.lowlevel.checkpoint()

    async def program_with_waits() -> None:
        trio.lowlevel.spawn_system_task(waits)

    async def program_with_spins() -> None:
        trio.lowlevel.spawn_system_task(spins)

    assert "it does not end: every task waits" in problem_of(program_with_waits)
    with pytest.raises(ExploreFailure, match=r"it still takes steps, the last in .*spins"):
        explore(program_with_spins, schedules=1, max_steps=100)


def test_nothing_of_an_earlier_run_is_told_again() -> None:
    runs = 0

    async def program() -> None:
        nonlocal runs
        runs += 1
        one = trio.socket.socket()
        await trio.lowlevel.checkpoint()
        if runs != 1:
            one.close()

    with pytest.raises(ExploreFailure):
        explore(program, schedules=1)
    explore(program, schedules=1)
    cancel_sweep(nothing)


async def nothing() -> None:
    pass


def test_garbage_from_before_is_not_the_programs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        held: list[object] = [open(__file__)]  # noqa: SIM115
        held.append(held)
        gc.disable()
        del held
        gc.enable()
        explore(nothing, schedules=2)
        gc.collect()


def test_the_state_is_put_back_also_after_an_error() -> None:
    def state() -> list[object]:
        return [
            gc.isenabled(),
            gc.get_freeze_count() >= 1000,
            sys.unraisablehook,
            warnings.showwarning,
            warnings.filters[:],
        ]

    before = state()
    with pytest.raises(KeyError), LeakWatch().watching():
        assert state() != before
        raise KeyError
    assert state() == before


def test_a_broken_plain_generator_is_told_as_well() -> None:
    def stubborn() -> Generator[int]:
        try:
            yield 1
        except GeneratorExit:
            yield 2

    async def program() -> None:
        next(stubborn())

    assert "generator ignored GeneratorExit" in problem_of(program)


def test_a_sweep_keeps_nothing_of_its_runs() -> None:
    """A generator holds the hooks it was made under, and the collector does not look there."""
    made: list[weakref.ref[BaseException]] = []

    class Failure(Exception):
        pass

    def fail() -> BaseException:
        error = Failure()
        made.append(weakref.ref(error))
        return error

    async def source() -> AsyncIterator[int]:
        for item in range(3):
            await trio.sleep(1)
            yield item

    async def program() -> None:
        await stream(source).map(lambda item: item).drain()

    cancel_sweep(program, fault=fail)
    gc.collect()
    assert len(made) > 3
    assert [error() for error in made if error() is not None] == []


def test_a_generator_that_is_found_after_the_run_harms_nobody() -> None:
    kept: list[object] = []

    async def source() -> AsyncIterator[int]:
        yield 1

    async def program() -> None:
        generator = source()
        await anext(generator)
        kept.append(generator)
        await trio.sleep(1)

    with pytest.raises(AssertionError, match="was not closed"):
        cancel_sweep(program)
    kept.clear()
    gc.collect()
