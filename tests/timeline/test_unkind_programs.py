"""Programs that are unkind to a recording's begin and end, and to the order of things: it records on."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
import trio
import trio.testing

from tests.timeline.looking import named, pictures
from trio_patterns.timeline import Timeline, mark, record

# --- Ctrl-C ----------------------------------------------------------------------------------------------


def test_ctrl_c_in_a_hook_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that it interrupts would be dropped, and trio would log the KeyboardInterrupt: the end of it."""
    pressed: list[str] = []
    timeline = Timeline()
    original = timeline._book.start

    def start(*args: Any) -> Any:
        if not pressed and len(timeline._tracks) == 1:
            pressed.append("^C")
            signal.raise_signal(signal.SIGINT)
        return original(*args)

    monkeypatch.setattr(type(timeline._book), "start", lambda self, *args: start(*args))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1, name="there")
            await trio.sleep(2)

    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)) as info:
            trio.run(main, instruments=[timeline])
    finally:
        signal.signal(signal.SIGINT, former)
    assert info.group_contains(KeyboardInterrupt) or isinstance(info.value, KeyboardInterrupt)
    assert pressed == ["^C"]
    assert named(timeline.recording, "there").ending.kind in {"cancelled", "finished"}


# --- Recordings that begin and end where one would not --------------------------------------------------


async def test_recordings_that_end_out_of_order(autojump_clock: trio.testing.MockClock) -> None:
    one, two = record(), record()
    first, second = one.__enter__(), two.__enter__()
    await trio.sleep(1)
    one.__exit__(None, None, None)
    mark("only the second")
    await trio.sleep(1)
    two.__exit__(None, None, None)
    assert (first.recording.duration, second.recording.duration) == (1, 2)
    assert ([*first.recording.tasks[0].marks], len(second.recording.tasks[0].marks)) == ([], 1)


async def test_a_recording_left_by_an_exception_and_in_a_cancelled_task(
    autojump_clock: trio.testing.MockClock,
) -> None:
    seen: list[Timeline] = []

    async def recorded() -> None:
        with record() as timeline:
            seen.append(timeline)
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorded)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert seen[0].recording.duration == 1
    with pytest.raises(ZeroDivisionError), record() as timeline:
        await trio.sleep(1)
        1 / 0  # noqa: B018
    assert timeline.recording.duration == 1


async def generate_recorded(seen: list[Timeline]) -> AsyncGenerator[int, None]:
    with record() as timeline:
        seen.append(timeline)
        await trio.sleep(1)
        yield 1


def test_a_recording_in_a_generator_that_nobody_closes() -> None:
    seen: list[Timeline] = []
    kept: list[AsyncGenerator[int, None]] = []

    async def main() -> None:
        kept.append(generate_recorded(seen))
        await anext(kept[0])
        await trio.sleep(1)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert seen[0].recording.duration == 2
    assert seen[0].recording.tasks[0].ending.kind == "finished"


def test_a_recording_whose_run_is_over() -> None:
    """Its block is left outside of any run, so there is nothing to take the instrument from."""
    blocks = []

    async def main() -> None:
        block = record()
        blocks.append((block, block.__enter__()))
        await trio.sleep(1)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    ((block, timeline),) = blocks
    before = timeline.recording
    assert before.duration == 1
    block.__exit__(None, None, None)
    assert timeline.recording == before

    async def another() -> None:
        block = record()
        blocks.append((block, block.__enter__()))

    trio.run(another)

    async def leaves_it_in_another_run() -> None:
        blocks[1][0].__exit__(None, None, None)

    trio.run(leaves_it_in_another_run)

    async def dropped() -> None:
        block = record()
        blocks.append((block, block.__enter__()))
        trio.lowlevel.remove_instrument(blocks[2][1])

    trio.run(dropped)
    blocks[2][0].__exit__(None, None, None)
    assert [task.name for task in blocks[2][1].recording.tasks] == ["dropped"]


def test_a_mark_before_there_is_a_task_and_after_the_last() -> None:
    class Marks(trio.abc.Instrument):
        def before_run(self) -> None:
            timeline.mark("too early")

    async def main() -> None:
        token.append(trio.lowlevel.current_trio_token())
        token[0].run_sync_soon(trio.lowlevel.current_trio_token().run_sync_soon, timeline.mark, "late")

    token: list[trio.lowlevel.TrioToken] = []
    timeline = Timeline(max_events=1)
    trio.run(main, instruments=[timeline, Marks()])
    assert timeline._ended is not None


async def test_a_recording_above_a_thousand_levels(autojump_clock: trio.testing.MockClock) -> None:
    async def nest(depth: int) -> None:
        async with trio.open_nursery() as nursery:
            if depth:
                nursery.start_soon(nest, depth - 1)
            await trio.sleep(2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(nest, 1500)
        await trio.sleep(1)
        with record() as timeline:
            await trio.sleep(0.5)
    assert len(list(timeline.recording.all_tasks())) == 1502


@pytest.mark.parametrize("closed", [True, False])
def test_nurseries_that_are_not_closed_in_order(closed: bool) -> None:
    """trio raises, and the recording goes on."""

    async def misnest() -> None:
        one, two = trio.open_nursery(), trio.open_nursery()
        first, second = await one.__aenter__(), await two.__aenter__()
        first.start_soon(trio.sleep, 1, name="first")
        second.start_soon(trio.sleep, 2, name="second")
        if closed:
            first.cancel_scope.__exit__(None, None, None)

    async def main() -> None:
        with trio.CancelScope(shield=True):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(misnest)

    timeline = Timeline()
    clock = trio.testing.MockClock(autojump_threshold=0)
    with pytest.raises(BaseExceptionGroup):
        trio.run(main, clock=clock, instruments=[timeline])
    assert {task.name for task in timeline.recording.all_tasks()} == {"main", "misnest", "first", "second"}
    assert "open" not in {task.ending.kind for task in timeline.recording.all_tasks()}
    pictures(timeline)


def test_the_clock_goes_backwards() -> None:
    class Clock(trio.abc.Clock):
        times: Iterator[float] = iter([10.0, 11.0, 5.0, 4.0, 6.0, 12.0, *map(float, range(11, 500))])

        def start_clock(self) -> None:
            pass

        def current_time(self) -> float:
            return next(self.times)

        def deadline_to_sleep_time(self, deadline: float) -> float:
            return 0

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(trio.lowlevel.checkpoint)

    timeline = Timeline()
    trio.run(main, clock=Clock(), instruments=[timeline])
    for task in timeline.recording.all_tasks():
        assert 0 <= task.start <= task.end <= timeline.recording.duration
    pictures(timeline)


if sys.platform == "win32":
    del test_ctrl_c_in_a_hook_is_not_lost
