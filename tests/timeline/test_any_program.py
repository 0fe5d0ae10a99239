"""Programs that are unkind to an instrument: it records on, and raises nothing into them."""

from __future__ import annotations

import signal
import sys
import types
import xml.etree.ElementTree as ET
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns._core.groups import is_cancellation
from trio_patterns.timeline import Recording, TaskRecord, Timeline, mark, record
from trio_patterns.timeline.endings import ending_of


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """trio logs what an instrument raises, and drops it: a recording that goes on has logged nothing."""
    yield
    assert caplog.text == ""


def named(recording: Recording, name: str) -> TaskRecord:
    (task,) = [task for task in recording.all_tasks() if task.name == name]
    return task


def pictures(timeline: Timeline) -> list[str]:
    """Draw everything, as files that can be written and parsed."""
    drawn = [timeline.to_svg(), timeline.to_html(), timeline.to_perfetto(), timeline.to_text()]
    for picture in drawn:
        picture.encode("utf-8")
    ET.fromstring(drawn[0])
    return drawn


class Mute(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def deep_group(depth: int) -> BaseException:
    exc: Exception = ValueError("tip")
    for _ in range(depth):
        exc = ExceptionGroup("", [exc])
    return exc


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (Mute, "Mute"),
        (lambda: ValueError("x" * 10**6), f"ValueError: {'x' * 199}…"),
        (lambda: ValueError("nul \0 half \ud800"), "ValueError: nul \ufffd half \ufffd"),
    ],
)
async def test_exceptions_that_are_hard_to_put_into_words(
    autojump_clock: trio.testing.MockClock, make: Callable[[], BaseException], text: str
) -> None:
    async def fail() -> None:
        await trio.sleep(1)
        raise make()

    with record() as timeline:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fail)
        except BaseException:  # noqa: ASYNC103, ASYNC104 - whatever it is
            pass
        await trio.sleep(1)
    assert named(timeline.recording, "fail").ending.text == text
    assert timeline.recording.tasks[0].spans[-1].end == 2
    pictures(timeline)


def test_a_group_deeper_than_recursion_goes() -> None:
    """trio itself does not survive one in a nursery; but it may come out of a guest of trio's."""
    assert ending_of(deep_group(5000)).text == "ValueError: tip"
    assert is_cancellation(deep_group(5000)) is False


async def test_failures_at_one_moment_are_named_in_one_order(autojump_clock: trio.testing.MockClock) -> None:
    async def fail(event: trio.Event, text: str) -> None:
        await event.wait()
        raise ValueError(text)

    async def parent() -> None:
        event = trio.Event()
        async with trio.open_nursery() as nursery:
            for text in "abc":
                nursery.start_soon(fail, event, text)
            await trio.sleep(1)
            event.set()

    said: set[str] = set()
    for _ in range(10):
        with record() as timeline, pytest.raises(ExceptionGroup):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(parent)
        said.add(named(timeline.recording, "parent").ending.text)
    assert said == {"ValueError: a; ValueError: b; ValueError: c"}


async def test_a_reason_need_not_be_text(autojump_clock: trio.testing.MockClock) -> None:
    reason: Any = Mute()
    with record() as timeline:
        with trio.CancelScope() as scope:
            scope.cancel(reason=reason)
            await trio.sleep(1)
        await trio.sleep(1)
    (one,) = timeline.recording.tasks[0].cancellations or (None,)
    assert one is None or one.reason == "Mute"
    assert timeline.recording.duration == 1


class Job:
    async def __call__(self) -> None:
        await trio.sleep(1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines\tand more", "two lines and more"),
        ("nul \0, half \ud800", "nul \ufffd, half \ufffd"),
        ("x" * 10**6, "x" * 199 + "…"),
        ("", ""),
        (print, "print"),
        (Job(), "Job"),
        (lambda: None, "<lambda>"),
    ],
)
async def test_names_of_tasks(autojump_clock: trio.testing.MockClock, name: object, shown: str) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1, name=name)
            mark("a\nb\0")
    (task,) = timeline.recording.tasks[0].nurseries[0].tasks
    assert task.name == shown
    assert [one.text for one in timeline.recording.tasks[0].marks] == ["a b\ufffd"]
    assert len(pictures(timeline)[3].splitlines()) == 6  # sum, axis, two tasks, nursery, legend


async def test_an_object_that_is_called_has_a_name_without_an_address(
    autojump_clock: trio.testing.MockClock,
) -> None:
    scope = trio.CancelScope()

    class Cutter:
        async def __call__(self) -> None:
            scope.cancel()

    async def cut() -> None:
        with scope:
            await trio.sleep(1)

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cut)
            await trio.sleep(0.5)
            nursery.start_soon(Cutter())
            nursery.start_soon(Job())
            nursery.start_soon(trio.sleep, 1, name='it\'s "quoted"')
    assert named(timeline.recording, "Job").ending.kind == "finished"
    assert named(timeline.recording, "cut").cancellations[0].by == "Cutter"


async def test_who_cancels_is_named_whatever_is_in_the_name(autojump_clock: trio.testing.MockClock) -> None:
    scope = trio.CancelScope()

    async def cutter() -> None:
        scope.cancel()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cutter, name="it's")
            with scope:
                await trio.sleep(1)
    assert timeline.recording.tasks[0].cancellations[0].by == "it's"


# --- Things to await that are no coroutines of Python's -------------------------------------------------


class Native(Coroutine[Any, Any, None]):
    """What Cython makes: a coroutine without frames."""

    def __init__(self, inner: Coroutine[Any, Any, None]) -> None:
        self._inner = inner

    def send(self, value: Any) -> Any:
        return self._inner.send(value)

    def throw(self, *args: Any) -> Any:
        return self._inner.throw(*args)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, None]:
        return self  # type: ignore[return-value]

    def __iter__(self) -> Native:
        return self

    def __next__(self) -> Any:
        return self.send(None)


def native() -> Native:
    return Native(trio.sleep(1))


def test_a_first_task_without_frames() -> None:
    timeline = Timeline()
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(native, clock=clock, instruments=[timeline])
    (task,) = timeline.recording.tasks
    assert (task.name, task.end, task.ending.kind) == ("native", 1, "finished")
    pictures(timeline)


async def test_awaitables_of_all_kinds(autojump_clock: trio.testing.MockClock) -> None:
    @types.coroutine
    def old() -> Generator[Any, Any, None]:
        yield from trio.sleep(1).__await__()

    async def generate() -> AsyncGenerator[int, None]:
        await trio.sleep(1)
        yield 1

    class Future:
        def __await__(self) -> Generator[Any, Any, None]:
            yield from trio.sleep(1).__await__()

    async def consume() -> None:
        async for _ in generate():
            pass

    async def wait(what: Callable[[], Awaitable[None]]) -> None:
        await what()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, old, name="old")
            nursery.start_soon(wait, native, name="native")
            nursery.start_soon(wait, Future, name="future")
            nursery.start_soon(consume)
    for name in ("old", "native", "future", "consume"):
        task = named(timeline.recording, name)
        assert (task.end, task.ending.kind, len(task.spans)) == (1, "finished", 1)
    (span,) = named(timeline.recording, "consume").spans
    assert [place.function for place in span.stack] == ["consume", "generate"]
    pictures(timeline)


async def test_a_function_in_a_thread_that_raises_for_each_attribute() -> None:
    class Proxy:
        def __call__(self) -> None:
            gate.sleep(0.02)

        def __getattr__(self, name: str) -> object:
            if name in {"func", "__qualname__"}:
                raise ConnectionError(name)
            raise AttributeError(name)

    import time as gate

    with record() as timeline:
        await trio.to_thread.run_sync(Proxy())
        await trio.sleep(0.01)
    assert "to_thread_run_sync" in [span.label for span in timeline.recording.tasks[0].spans]


async def test_code_of_a_file_that_can_not_be(autojump_clock: trio.testing.MockClock) -> None:
    for file in ("<string>", "nul\0.py", "half\ud800.py", ""):
        scope: dict[str, Any] = {"trio": trio}
        exec("async def work():\n    await trio.sleep(1)\n", scope)
        scope["work"].__code__ = scope["work"].__code__.replace(co_filename=file)
        with record() as timeline:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(scope["work"])
        (span,) = named(timeline.recording, "work").spans
        assert [(place.file, place.source) for place in span.stack] == [(file, "")]
        pictures(timeline)


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
        block, timeline = record(), None
        blocks.append((block, block.__enter__()))
        del timeline

    trio.run(another)

    async def leaves_it_in_another_run() -> None:
        blocks[1][0].__exit__(None, None, None)

    trio.run(leaves_it_in_another_run)


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
