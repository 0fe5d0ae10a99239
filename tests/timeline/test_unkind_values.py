"""Names, errors and things to await that are hard to draw: the recording goes on, and is drawn."""

from __future__ import annotations

import types
import xml.etree.ElementTree as ET
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest
import trio
import trio.testing

from tests.timeline.looking import named, pictures
from tests.timeline.recordings import task, wait
from trio_patterns._core.frames import Place
from trio_patterns._core.groups import is_cancellation
from trio_patterns.timeline import Recording, Timeline, mark, record
from trio_patterns.timeline.endings import ending_of
from trio_patterns.timeline.html import to_html
from trio_patterns.timeline.perfetto import to_perfetto
from trio_patterns.timeline.svg import to_svg


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


async def test_code_of_a_file_that_is_not_there(autojump_clock: trio.testing.MockClock) -> None:
    for file in ("<string>", "gone.py", ""):
        scope: dict[str, Any] = {"trio": trio}
        exec(compile("async def work():\n    await trio.sleep(1)\n", file, "exec"), scope)
        with record() as timeline:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(scope["work"])
        (span,) = named(timeline.recording, "work").spans
        assert [(place.file, place.source) for place in span.stack] == [(file, "")]
        pictures(timeline)


@pytest.mark.parametrize("file", ["nul\0.py", "half\ud800.py"])
def test_a_file_with_a_name_that_no_file_can_have(file: str) -> None:
    """Code may say so of itself. Coverage would not survive it, so here it is not run."""
    place = Place(file, 1, "work")
    assert place.source == ""
    recording = Recording(2.0, True, (task("work", 0, 2, wait(0, 2, "sleep", "sleep", place)),), 0)
    for draw in (to_html, to_perfetto):
        draw(recording).encode("utf-8")
    svg = to_svg(recording, title="", fold=12, width=760)
    ET.fromstring(svg)
    assert "\ufffd.py:1 in work" in svg
