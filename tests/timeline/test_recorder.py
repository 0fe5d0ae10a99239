"""`record` and `Timeline`: what is seen of tasks, waits, nurseries, ends, in exact virtual times."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import trio
import trio.testing

from tests.timeline.looking import named
from trio_patterns.backpressure import bounded_map
from trio_patterns.spawning import offload, open_join_set, race
from trio_patterns.timeline import Recording, Span, TaskRecord, Timeline, mark, record


def times(task: TaskRecord) -> list[tuple[float, float, str]]:
    return [(span.start, span.end, span.label or span.state) for span in task.spans]


async def sleeper(*seconds: float) -> None:
    for pause in seconds:
        await trio.sleep(pause)


async def test_a_task_is_seen_from_its_start_to_its_end(autojump_clock: trio.testing.MockClock) -> None:
    await trio.sleep(5)  # times count from the beginning of the recording
    with record() as timeline:
        await trio.sleep(0.5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, 1, 2)
        await trio.sleep(0.25)
    recording = timeline.recording
    assert (recording.duration, recording.virtual, recording.dropped) == (3.75, True, 0)
    task = named(recording, "sleeper")
    assert (task.start, task.end, task.ending.kind) == (0.5, 3.5, "finished")
    assert times(task) == [(0.5, 1.5, "sleep"), (1.5, 3.5, "sleep")]
    assert task.steps == (0.5, 1.5, 3.5)
    (outer,) = recording.tasks
    assert outer.ending.kind == "open"
    assert times(outer) == [(0, 0.5, "sleep"), (0.5, 3.5, "its tasks"), (3.5, 3.75, "sleep")]
    (nursery_record,) = outer.nurseries
    assert (nursery_record.label, nursery_record.start, nursery_record.end) == ("nursery", 0.5, 3.5)
    assert nursery_record.place is not None
    assert nursery_record.place.source == "nursery.start_soon(sleeper, 1, 2)"
    assert nursery_record.tasks == (task,)


async def test_what_a_task_waits_on(autojump_clock: trio.testing.MockClock) -> None:
    lock, limiter, event = trio.Lock(), trio.CapacityLimiter(1), trio.Event()
    semaphore, condition = trio.Semaphore(0), trio.Condition()
    send, receive = trio.open_memory_channel[int](0)
    full, _ = trio.open_memory_channel[int](0)

    async def lock_it() -> None:
        async with lock:
            pass

    async def limit_it() -> None:
        async with limiter:
            pass

    async def receive_it() -> None:
        async for _ in receive:
            raise AssertionError

    async def send_it() -> None:
        await full.send(1)

    async def be_notified() -> None:
        async with condition:
            await condition.wait()

    async def nest() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)

    async def collect() -> None:
        async with open_join_set() as tasks:
            tasks.spawn(trio.sleep, 1)

    waits = [lock_it, limit_it, receive_it, send_it, be_notified, nest, collect]
    with record() as timeline, trio.move_on_after(1):
        await lock.acquire()
        async with limiter, trio.open_nursery() as nursery:
            for wait in (*waits, event.wait, semaphore.acquire, trio.sleep_forever):
                nursery.start_soon(wait)
            nursery.start_soon(partial(bounded_map, trio.sleep, [1], limit=1), name="map_it")
    seen = {}
    for task in timeline.recording.tasks[0].nurseries[0].tasks:
        (span,) = task.spans
        seen[task.name] = (span.category, span.label)
    assert seen == {
        "lock_it": ("lock", "Lock.acquire"),
        "limit_it": ("lock", "CapacityLimiter.acquire"),
        "receive_it": ("channel", "MemoryReceiveChannel.receive"),
        "send_it": ("channel", "MemorySendChannel.send"),
        "be_notified": ("event", "Condition.wait"),
        "nest": ("tasks", "its tasks"),
        "collect": ("tasks", "its tasks"),
        "wait": ("event", "Event.wait"),
        "acquire": ("lock", "Semaphore.acquire"),
        "sleep_forever": ("sleep", "sleep_forever"),
        "map_it": ("event", "bounded_map"),
    }
    assert send.statistics().open_receive_channels == 1


async def test_threads_sockets_and_processes() -> None:
    gate = threading.Event()

    def read_file() -> None:
        gate.wait()

    async def accept() -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        async with listener:
            await listener.accept()

    async def shell() -> None:
        await trio.run_process([sys.executable, "-c", "import time; time.sleep(60)"])

    def seen() -> set[str | None]:
        return {span.category for task in timeline.recording.all_tasks() for span in task.spans}

    with record() as timeline, trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, read_file)
            nursery.start_soon(trio.to_thread.run_sync, partial(read_file), name="partial")
            nursery.start_soon(accept)
            nursery.start_soon(shell)
            while not {"thread", "socket", "process"} <= seen():  # noqa: ASYNC110 - it takes a moment
                await trio.sleep(0.01)
            gate.set()
            nursery.cancel_scope.cancel()
    recording = timeline.recording
    assert not recording.virtual
    thread = named(recording, "run_sync")
    assert ("thread", "read_file") in [(span.category, span.label) for span in thread.spans]
    assert "read_file" in [span.label for span in named(recording, "partial").spans]
    assert ("socket", "SocketListener.accept") in [
        (span.category, span.label) for span in named(recording, "accept").spans
    ]
    # On a real clock what runs takes time.
    assert any(span.state == "running" for task in recording.all_tasks() for span in task.spans)


async def test_the_await_stack_is_yours_alone_outermost_first(autojump_clock: trio.testing.MockClock) -> None:
    async def inner() -> None:
        await trio.sleep(1)

    async def outer() -> None:
        await inner()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outer)
    (span,) = named(timeline.recording, "outer").spans
    assert [(place.function, place.source) for place in span.stack] == [
        ("outer", "await inner()"),
        ("inner", "await trio.sleep(1)"),
    ]


async def test_a_stack_keeps_its_innermost_lines(autojump_clock: trio.testing.MockClock) -> None:
    async def down(depth: int) -> None:
        if depth:
            await down(depth - 1)
        else:
            await trio.sleep(1)

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(down, 100)
    (span,) = named(timeline.recording, "down").spans
    assert len(span.stack) == 16
    assert span.stack[-1].source == "await trio.sleep(1)"


async def boom() -> None:
    await trio.sleep(1)
    raise ValueError("of no\nuse")


async def test_how_tasks_end(autojump_clock: trio.testing.MockClock) -> None:
    with pytest.raises(ExceptionGroup), record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, 0.5)
            nursery.start_soon(boom)
            nursery.start_soon(trio.sleep_forever)
    ends = {
        task.name: (task.end, task.ending.kind, task.ending.text) for task in timeline.recording.all_tasks()
    }
    assert ends["sleeper"] == (0.5, "finished", "")
    assert ends["boom"] == (1.0, "failed", "ValueError: of no use")
    assert ends["sleep_forever"] == (1.0, "cancelled", "boom failed: ValueError('of no\\nuse')")
    (cancelled,) = named(timeline.recording, "sleep_forever").cancellations
    assert (cancelled.time, cancelled.source, cancelled.by) == (1.0, "nursery", "boom")


def test_how_the_first_task_ends() -> None:
    """Its exception is not in a nursery."""

    async def main() -> None:
        await trio.sleep(1)
        raise KeyError("k")

    timeline = Timeline()
    with pytest.raises(KeyError):
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=[timeline])
    (task,) = timeline.recording.tasks
    assert (task.name, task.ending.kind, task.ending.text) == ("main", "failed", "KeyError: 'k'")
    assert times(task) == [(0, 1, "sleep")]


async def test_who_cancels_and_why(autojump_clock: trio.testing.MockClock) -> None:
    scope = trio.CancelScope()

    async def cut() -> None:
        with scope:
            await trio.sleep_forever()

    async def cutter() -> None:
        await trio.sleep(2)
        scope.cancel(reason="no more\nat all")

    async def late() -> None:
        with trio.move_on_after(1):
            await trio.sleep_forever()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cut)
            nursery.start_soon(cutter)
            nursery.start_soon(late)
        await race(partial(sleeper, 1), partial(sleeper, 5))
    (cancelled,) = named(timeline.recording, "cut").cancellations
    assert (cancelled.time, cancelled.source) == (2.0, "explicit")
    assert (cancelled.reason, cancelled.by) == ("no more at all", "cutter")
    assert named(timeline.recording, "cut").ending.kind == "finished"
    (cancelled,) = named(timeline.recording, "late").cancellations
    assert (cancelled.time, cancelled.source, cancelled.reason, cancelled.by) == (1.0, "deadline", "", "")
    loser = named(timeline.recording, "sleeper #2")
    assert (loser.ending.kind, loser.ending.text) == ("cancelled", "argument 0 has won the race")


async def test_the_end_of_a_sleep_is_no_cancellation(autojump_clock: trio.testing.MockClock) -> None:
    """Although trio ends it by a deadline; one that comes from outside, at a sleep, is one."""
    with record() as timeline:
        await trio.sleep(1)
        with trio.move_on_after(1):
            await trio.sleep(2)
    (task,) = timeline.recording.tasks
    assert [(one.time, one.source) for one in task.cancellations] == [(2.0, "deadline")]


async def test_a_task_started_by_start_is_in_its_nursery(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def serve(task_status: trio.TaskStatus[str]) -> None:
        await trio.sleep(1)
        task_status.started("ready")
        await trio.sleep(2)

    async def give_up(task_status: trio.TaskStatus[str]) -> None:
        await trio.sleep(1)
        raise OSError("no port")

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            assert await nursery.start(serve) == "ready"
            nursery.start_soon(sleeper, 1)
            with pytest.raises(OSError, match="no port"):
                await nursery.start(give_up)
    (task,) = timeline.recording.tasks
    assert [(nursery.label, [child.name for child in nursery.tasks]) for nursery in task.nurseries] == [
        ("nursery", ["serve", "sleeper"]),
        ("Nursery.start", ["give_up"]),
    ]
    assert times(named(timeline.recording, "serve")) == [(0, 1, "sleep"), (1, 3, "sleep")]


async def test_while_start_waits_the_task_is_in_a_nursery_of_its_own(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async def serve(task_status: trio.TaskStatus[None]) -> None:
        await trio.sleep(1)
        task_status.started()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(nursery.start, serve)
            await trio.sleep(0.5)
            during = timeline.recording
    (start,) = during.tasks[0].nurseries[0].tasks
    assert (start.name, start.nurseries[0].label, start.nurseries[0].tasks[0].name) == (
        "start",
        "Nursery.start",
        "serve",
    )
    assert [task.name for task in timeline.recording.tasks[0].nurseries[0].tasks] == ["serve", "start"]


async def test_nurseries_are_named_by_what_opened_them(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        await bounded_map(trio.sleep, [1, 1], limit=2)
        async with open_join_set() as tasks:
            tasks.spawn(trio.sleep, 1)
        await race(partial(trio.sleep, 1))
    labels = [nursery.label for task in timeline.recording.all_tasks() for nursery in task.nurseries]
    assert labels == ["bounded_map", "spawning", "race", "JoinSet"]


async def test_marks_stand_at_their_task_and_moment(autojump_clock: trio.testing.MockClock) -> None:
    async def work() -> None:
        await trio.sleep(1)
        mark("batch flushed")
        await trio.sleep(1)

    mark("nobody records")
    with record() as timeline, record() as other:
        timeline.mark("begin")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
        await trio.to_thread.run_sync(partial(trio.from_thread.run_sync, mark, "from a thread"))
        await trio.to_thread.run_sync(mark, "in a thread: not seen")
    timeline.mark("too late")
    mark("too late")
    work_marks = [(one.time, one.text) for one in named(timeline.recording, "work").marks]
    assert work_marks == [(1.0, "batch flushed")]
    assert [one.text for one in timeline.recording.tasks[0].marks] == ["begin", "from a thread"]
    assert [one.text for one in other.recording.tasks[0].marks] == ["from a thread"]


def test_a_mark_outside_of_a_run_does_nothing() -> None:
    mark("nowhere")
    Timeline().mark("not begun")


def test_an_empty_recording() -> None:
    timeline = Timeline()
    assert timeline.recording == Recording(0.0, False, (), 0)
    assert timeline.to_text()
    assert timeline.to_svg()


async def test_tasks_that_were_there_before(autojump_clock: trio.testing.MockClock) -> None:
    async def started_before() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(started_before)
        nursery.start_soon(sleeper, 1)
        with record() as ready:  # the two have not begun yet
            await trio.sleep(0.5)
        with record() as timeline:
            await trio.sleep(10)
    recording = timeline.recording
    assert times(named(recording, "sleeper")) == [(0, 0.5, "sleep")]
    assert times(named(recording, "sleep")) == [(0, 1.5, "sleep")]
    assert times(named(recording, "started_before")) == [(0, 1.5, "its tasks")]
    assert [nursery.label for nursery in recording.tasks[0].nurseries] == ["nursery"]
    assert times(named(ready.recording, "sleeper")) == [(0, 0.5, "sleep")]
    assert named(ready.recording, "sleeper").ending.kind == "open"


async def test_only_the_calling_task_and_those_below_it(autojump_clock: trio.testing.MockClock) -> None:
    seen: list[Timeline] = []

    async def inside() -> None:
        with record() as timeline:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(sleeper, 1)
        seen.append(timeline)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(inside)
        nursery.start_soon(trio.sleep, 0.5, name="stranger")
        await trio.sleep(0.1)
        nursery.start_soon(trio.sleep, 0.5, name="stranger")
        trio.lowlevel.spawn_system_task(trio.sleep, 0.1)
    assert [task.name for task in seen[0].recording.all_tasks()] == ["inside", "sleeper"]


def test_a_whole_run_with_its_system_tasks(caplog: pytest.LogCaptureFixture) -> None:
    async def service() -> None:
        await trio.sleep(0.5)

    async def main() -> None:
        trio.lowlevel.spawn_system_task(service)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, 1)

    timeline = Timeline()
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=[timeline])
    assert [task.name for task in timeline.recording.tasks] == ["main", "service"]
    before = timeline.recording
    trio.run(main, instruments=[timeline], clock=trio.testing.MockClock(autojump_threshold=0))
    assert "this Timeline has recorded already" in caplog.text
    caplog.clear()  # it is the only test of this folder in which an instrument may be dropped
    assert timeline.recording == before


async def test_events_are_bounded_and_counted(autojump_clock: trio.testing.MockClock) -> None:
    async def ticker() -> None:
        for _ in range(50):
            await trio.sleep(1)

    with record(max_events=10) as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ticker)
            await trio.sleep(49)
    recording = timeline.recording
    spans: list[Span] = [span for task in recording.all_tasks() for span in task.spans]
    assert len(spans) == 10
    assert recording.dropped == 42  # 50 seconds, one of 49, one of 1 of the test itself
    assert times(named(recording, "ticker"))[-1] == (49, 50, "sleep")


async def test_tasks_are_forgotten_with_their_last_event(autojump_clock: trio.testing.MockClock) -> None:
    """Also those of nurseries of nurseries, of no duration, and their nurseries."""

    async def parent() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.checkpoint)

    with record(max_events=20) as timeline:
        for _ in range(100):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(parent)
                nursery.start_soon(trio.lowlevel.checkpoint)
    recording = timeline.recording
    assert len(list(recording.all_tasks())) <= 21
    assert sum(len(task.nurseries) for task in recording.all_tasks()) <= 20
    assert recording.dropped == 301 - 20  # each task has one, that of the test included


async def test_nothing_of_the_program_is_kept_alive(autojump_clock: trio.testing.MockClock) -> None:
    class Thing:
        pass

    things: list[weakref.ref[Thing]] = []

    async def work(thing: Thing) -> None:
        await trio.sleep(1)
        raise ValueError(thing)

    with record() as timeline:
        async with open_join_set() as tasks:
            thing = Thing()
            things.append(weakref.ref(thing))
            handle = tasks.spawn(work, thing)
            del thing
            assert isinstance((await tasks.join_next() or handle).exception(), ValueError)
            del handle
    gc.collect()
    assert things[0]() is None
    assert timeline.recording.duration == 1


async def test_thousands_of_tasks_and_deep_nesting(autojump_clock: trio.testing.MockClock) -> None:
    async def nest(depth: int) -> None:
        if depth:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(nest, depth - 1)
        else:
            await trio.sleep(1)

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            for _ in range(3000):
                nursery.start_soon(trio.sleep, 1, name="many")
            nursery.start_soon(nest, 600)
    assert len(list(timeline.recording.all_tasks())) == 3602
    for picture in (timeline.to_svg(), timeline.to_html(), timeline.to_perfetto(), timeline.to_text()):
        assert "many" in picture


def bytes_of_a_run() -> list[str]:
    async def main() -> None:
        send, receive = trio.open_memory_channel[int](2)

        async def produce(number: int, own: trio.MemorySendChannel[int]) -> None:
            with own:
                for item in range(3):
                    await trio.sleep(0.5 + 0.7 * number)
                    await own.send(item)

        async def starter(nursery: trio.Nursery, name: str) -> None:
            await trio.sleep(1)
            nursery.start_soon(sleeper, 1, name=name)

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(produce, number, send.clone())
                # Three that start tasks in the same nursery at the same moment, in any order.
                nursery.start_soon(starter, nursery, f"started by {number}")
            send.close()
            async for item in receive:
                mark(f"got {item}")
                await trio.sleep(0.1)

    timeline = Timeline()
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=[timeline])
    return [timeline.to_svg(), timeline.to_html(), timeline.to_perfetto(), timeline.to_text()]


def test_the_same_program_gives_the_same_bytes() -> None:
    """trio wakes tasks in random order; ten runs with one picture would be chance once in 2^many."""
    first = bytes_of_a_run()
    for _ in range(10):
        assert bytes_of_a_run() == first


@pytest.mark.parametrize("bad", [0, -1, True, 1.5, "many"])
def test_max_events_is_checked(bad: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"max_events must be an int >= 1"):
        Timeline(max_events=bad)  # type: ignore[arg-type]


def test_record_needs_a_run() -> None:
    with pytest.raises(RuntimeError), record():
        pass


async def test_a_recording_survives_that_trio_drops_the_instrument(
    autojump_clock: trio.testing.MockClock,
) -> None:
    with record() as timeline:
        await trio.sleep(1)
        trio.lowlevel.remove_instrument(timeline)
        await trio.sleep(1)
    assert timeline.recording.duration == 2


async def test_a_task_that_was_ready_when_the_recording_began(autojump_clock: trio.testing.MockClock) -> None:
    """It is taken for one that waits, until it runs."""
    event = trio.Event()

    async def wait() -> None:
        await event.wait()
        await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        event.set()
        with record() as timeline:
            await trio.sleep(2)
    task = named(timeline.recording, "wait")
    assert times(task) == [(0, 1, "sleep")]
    assert (task.end, task.ending.kind) == (1, "finished")


async def test_tasks_in_a_nursery_of_somebody_else(autojump_clock: trio.testing.MockClock) -> None:
    """What a recorded task starts there is not below it, and not recorded; nor is a task that moves there."""

    async def serve(task_status: trio.TaskStatus[None]) -> None:
        await trio.sleep(1)
        task_status.started()
        await trio.sleep(1)

    async def inside(nursery: trio.Nursery) -> Timeline:
        with record() as timeline:
            await nursery.start(serve)
            nursery.start_soon(sleeper, 1)
            await trio.sleep(3)
        return timeline

    async with trio.open_nursery() as nursery:
        async with open_join_set() as tasks:
            handle = tasks.spawn(inside, nursery)
            await tasks.join_all()
    recording = handle.result().recording
    (top,) = recording.tasks
    assert [task.name for task in recording.all_tasks()] == ["inside", "serve"]
    assert top.nurseries[0].label == "Nursery.start"


def test_system_tasks_are_forgotten_too() -> None:
    async def main() -> None:
        for _ in range(20):
            trio.lowlevel.spawn_system_task(sleeper, 0.5)
            await trio.sleep(1)

    timeline = Timeline(max_events=3)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=[timeline])
    assert len(timeline.recording.tasks) <= 3


async def test_threads_and_library_tasks_have_a_label_where_nothing_of_yours_runs() -> None:
    async def run_callable() -> None:
        await trio.to_thread.run_sync(Callable())

    class Callable:
        def __call__(self) -> None:
            gate.wait()

    gate = threading.Event()
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_callable)
            await trio.sleep(0.02)
            gate.set()
    labels = [span.label for span in named(timeline.recording, "run_callable").spans if span.category]
    assert labels == ["to_thread_run_sync"]


async def test_a_nursery_in_a_task_that_runs_nothing_of_yours(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(bounded_map, trio.sleep, [1], limit=1), name="map_it")
    (below,) = named(timeline.recording, "map_it").nurseries
    assert (below.label, below.place) == ("bounded_map", None)


async def test_a_wait_for_a_file_descriptor() -> None:
    left, right = trio.socket.socketpair()
    with left, right, record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.wait_readable, left)
            await trio.sleep(0.01)
            await right.send(b"x")
    assert "socket" in [span.category for span in named(timeline.recording, "wait_readable").spans]


async def test_an_executor_counts_as_a_thread() -> None:
    with record() as timeline, ThreadPoolExecutor(1) as executor:
        await offload(threading.Event().wait, 0.02, executor=executor)
    waits = [(span.category, span.label) for span in timeline.recording.tasks[0].spans if span.category]
    assert waits == [("thread", "offload")]


async def test_stacks_are_forgotten_when_there_are_too_many(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trio_patterns.timeline.stacks.REMEMBERED", 1)

    async def alternate() -> None:
        for _ in range(3):
            await trio.sleep(1)
            await trio.sleep(2)

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(alternate)
    lengths = [span.end - span.start for span in named(timeline.recording, "alternate").spans]
    assert lengths == [1, 2] * 3


async def test_a_mark_that_no_task_sets_is_that_of_the_outermost(
    autojump_clock: trio.testing.MockClock,
) -> None:
    class Marks(trio.abc.Instrument):
        def before_io_wait(self, timeout: float) -> None:
            mark("all wait")

    marks = Marks()
    with record() as timeline:
        trio.lowlevel.add_instrument(marks)
        await trio.sleep(1)
        trio.lowlevel.remove_instrument(marks)
    assert {one.text for one in timeline.recording.tasks[0].marks} == {"all wait"}


@pytest.mark.skipif(not hasattr(signal, "SIGUSR2"), reason="no SIGUSR2 on Windows")
async def test_a_wait_for_a_signal() -> None:
    async def listen() -> None:
        with trio.open_signal_receiver(signal.SIGUSR2) as signals:
            async for _ in signals:
                return

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await trio.sleep(0.02)
            os.kill(os.getpid(), signal.SIGUSR2)
    waits = [
        (span.category, span.label) for span in named(timeline.recording, "listen").spans if span.category
    ]
    assert ("other", "a signal") in waits
