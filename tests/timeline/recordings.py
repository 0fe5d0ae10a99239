"""Recordings made by hand, for what draws them."""

from __future__ import annotations

from trio_patterns._core.frames import Place
from trio_patterns.timeline.model import (
    Cancellation,
    Category,
    Ending,
    EndingKind,
    Mark,
    NurseryRecord,
    Recording,
    Span,
    TaskRecord,
)

MAIN = Place("/somewhere/shop/crawl.py", 12, "main")
FETCH = Place("/somewhere/shop/crawl.py", 31, "fetch")
GET = Place("/somewhere/shop/client.py", 8, "get")

#: What no name may do to the page that shows it.
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">{{data}}\u2028\ud800&amp;"


def wait(start: float, end: float, category: Category, label: str, *stack: Place) -> Span:
    """Return a stretch of waiting."""
    return Span(start, end, "waiting", category, label, stack)


def run(start: float, end: float) -> Span:
    """Return a stretch of running."""
    return Span(start, end, "running", None, "", ())


def task(
    name: str,
    start: float,
    end: float,
    *spans: Span,
    kind: EndingKind = "finished",
    text: str = "",
    steps: tuple[float, ...] = (),
    cancellations: tuple[Cancellation, ...] = (),
    marks: tuple[Mark, ...] = (),
    nurseries: tuple[NurseryRecord, ...] = (),
) -> TaskRecord:
    """Return a task."""
    return TaskRecord(name, start, end, Ending(kind, text), spans, steps, cancellations, marks, nurseries)


def nursery(
    label: str, start: float, end: float, *tasks: TaskRecord, place: Place | None = MAIN
) -> NurseryRecord:
    """Return a nursery."""
    return NurseryRecord(label, place, start, end, tasks)


def empty() -> Recording:
    """Nothing at all."""
    return Recording(0.0, True, (), 0)


def shop() -> Recording:
    """A small program on a virtual clock: nested nurseries, a failure, what it cancels, marks."""
    fails = task(
        "fetch 2",
        0.0,
        1.5,
        wait(0.0, 0.5, "lock", "CapacityLimiter.acquire", FETCH),
        wait(0.5, 1.5, "socket", "SocketStream.receive_some", FETCH, GET),
        kind="failed",
        text="ConnectionError: the server hung up",
        steps=(0.0, 0.5, 1.5),
        marks=(Mark(0.5, "asks /prices"), Mark(0.9, "first byte")),
    )
    stopped = task(
        "fetch 3",
        0.0,
        1.75,
        wait(0.0, 1.5, "socket", "SocketStream.receive_some", FETCH, GET),
        wait(1.5, 1.75, "sleep", "sleep", FETCH),
        kind="cancelled",
        text="nursery: ConnectionError",
        steps=(0.0, 1.5, 1.75),
        cancellations=(Cancellation(1.5, "nursery", "ConnectionError('the server hung up')", "fetch 2"),),
    )
    ends_at_once = task(
        "timer",
        0.0,
        1.5,
        wait(0.0, 1.5, "sleep", "sleep_forever", MAIN),
        kind="cancelled",
        text="nursery: ConnectionError",
        cancellations=(Cancellation(1.5, "nursery", "", ""),),
    )
    inner = nursery(
        "bounded_map",
        0.0,
        1.75,
        task(
            "fetch 1",
            0.0,
            1.0,
            wait(0.0, 1.0, "socket", "SocketStream.receive_some", FETCH, GET),
            steps=(0.0, 1.0),
        ),
        fails,
        stopped,
        ends_at_once,
        place=Place("/somewhere/shop/crawl.py", 15, "crawl"),
    )
    crawler = task(
        "crawl",
        0.0,
        1.75,
        wait(0.0, 1.75, "tasks", "the end of its tasks", Place("/somewhere/shop/crawl.py", 15, "crawl")),
        kind="failed",
        text="ExceptionGroup: 1 sub-exception",
        steps=(0.0, 1.75),
        nurseries=(inner,),
    )
    writer = task(
        "write",
        0.0,
        4.0,
        wait(0.0, 1.0, "channel", "MemoryReceiveChannel.receive", FETCH),
        wait(1.0, 2.0, "thread", "to_thread.run_sync", FETCH),
        wait(2.0, 2.5, "event", "Event.wait", FETCH),
        wait(2.5, 3.0, "process", "Process.wait", FETCH),
        wait(3.0, 3.5, "other", "wait_task_rescheduled", FETCH),
        wait(3.5, 4.0, "sleep", "sleep", FETCH),
        steps=(0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0),
        marks=(Mark(1.0, "got the first page"),),
    )
    looks = task(
        "watch",
        0.25,
        5.0,
        *(wait(0.25 * n, 0.25 * (n + 1), "sleep", "sleep", MAIN) for n in range(1, 20)),
        kind="open",
        steps=tuple(0.25 * n for n in range(1, 20)),
    )
    main = task(
        "main",
        0.0,
        5.0,
        wait(0.0, 5.0, "tasks", "the end of its tasks", MAIN),
        kind="open",
        steps=(0.0,),
        nurseries=(nursery("nursery", 0.0, 5.0, crawler, writer, looks),),
    )
    return Recording(5.0, True, (main,), 0)


def crowd(number: int = 1000, at_once: int = 12) -> Recording:
    """Many tasks of one name, a few of them at a time; some fail."""
    length = 0.2
    tasks = []
    for n in range(number):
        start = round(n // at_once * length + n % at_once * 0.013, 6)
        end = round(start + length - 0.02 * (n % 5), 6)
        failed = n % 211 == 210
        tasks.append(
            task(
                f"fetch {n + 1}",
                start,
                end,
                wait(start, end, "socket", "SocketStream.receive_some", FETCH, GET),
                kind="failed" if failed else "finished",
                text="TimeoutError" if failed else "",
                steps=(start, end),
            )
        )
    duration = max(one.end for one in tasks)
    main = task(
        "main",
        0.0,
        duration,
        wait(0.0, duration, "tasks", "the end of its tasks", MAIN),
        nurseries=(nursery("bounded_map", 0.0, duration, *tasks),),
    )
    return Recording(duration, True, (main,), 0)


def real() -> Recording:
    """A recording of the real clock that has forgotten its beginning: running takes time, times are odd."""
    third = 1 / 3000
    busy = task(
        "busy",
        0.0,
        0.25,
        run(0.1, 0.1 + third),
        wait(0.1 + third, 0.2, "thread", "to_thread.run_sync", FETCH),
        run(0.2, 0.25),
    )
    main = task("main", 0.0, 0.3000000004, nurseries=(nursery("nursery", 0.0, 0.25, busy, place=None),))
    return Recording(0.3000000004, False, (main,), 4711)


def hostile() -> Recording:
    """Every text tries to break out of the page."""
    place = Place(f"/x/{HOSTILE}/y.py", 1, HOSTILE)
    one = task(
        HOSTILE,
        0.0,
        1.0,
        wait(0.0, 1.0, "event", HOSTILE, place),
        kind="failed",
        text=HOSTILE,
        cancellations=(Cancellation(0.5, HOSTILE, HOSTILE, HOSTILE),),
        marks=(Mark(0.25, HOSTILE),),
    )
    main = task("main", 0.0, 1.0, nurseries=(nursery(HOSTILE, 0.0, 1.0, one, place=place),))
    return Recording(1.0, True, (main,), 0)


def large(tasks: int = 5000, spans: int = 20) -> Recording:
    """As many tasks and spans as must stay smooth: each of a name of its own among few, in many nurseries."""
    kinds: tuple[tuple[Category, str], ...] = (
        ("sleep", "sleep"),
        ("channel", "MemoryReceiveChannel.receive"),
        ("lock", "Lock.acquire"),
        ("socket", "SocketStream.receive_some"),
    )
    step = 0.01
    nurseries = []
    for n in range(tasks // 20):
        begun = n * 0.02
        members = []
        for m in range(20):
            start = begun + m * 0.003
            parts = tuple(
                wait(start + i * step, start + (i + 1) * step, *kinds[(i + m) % 4], FETCH, GET)
                if i % 3
                else run(start + i * step, start + (i + 1) * step)
                for i in range(spans)
            )
            members.append(task(f"worker {m + 1}", start, start + spans * step, *parts))
        nurseries.append(nursery("open_worker_pool", begun, begun + 0.06 + spans * step, *members))
    duration = nurseries[-1].end
    return Recording(duration, False, (task("main", 0.0, duration, nurseries=tuple(nurseries)),), 0)
