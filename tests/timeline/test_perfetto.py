"""The recording in Chrome's trace event format: fields, nesting, order."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.timeline import recordings
from trio_patterns.timeline.model import Mark, Recording
from trio_patterns.timeline.perfetto import to_perfetto

ALL = ["empty", "shop", "crowd", "real", "hostile"]
Event = dict[str, Any]

#: Of the format's description: the fields that an event of each phase must have, and those that it may.
NEEDED = {
    "M": {"ph", "name", "pid", "args"},
    "X": {"ph", "name", "cat", "pid", "tid", "ts", "dur"},
    "i": {"ph", "name", "cat", "pid", "tid", "ts", "s"},
    "b": {"ph", "name", "cat", "pid", "tid", "ts", "id"},
    "e": {"ph", "name", "cat", "pid", "tid", "ts", "id"},
    "C": {"ph", "name", "cat", "pid", "tid", "ts", "args"},
}
ALLOWED = {phase: fields | {"args", "tid"} for phase, fields in NEEDED.items()}


def events_of(recording: Recording, **options: str) -> list[Event]:
    events: list[Event] = json.loads(to_perfetto(recording, **options))["traceEvents"]
    return events


def of_phase(events: list[Event], phase: str) -> list[Event]:
    return [event for event in events if event["ph"] == phase]


@pytest.mark.parametrize("name", ALL)
def test_every_event_has_its_fields(name: str) -> None:
    for event in events_of(getattr(recordings, name)()):
        fields = set(event)
        assert NEEDED[event["ph"]] <= fields <= ALLOWED[event["ph"]]
        assert isinstance(event["name"], str)
        assert all(isinstance(event[key], int) for key in ("pid", "tid") if key in event)
        assert all(event[key] >= 0 for key in ("ts", "dur") if key in event)
        assert isinstance(event.get("args", {}), dict)
        assert event.get("s", "t") == "t"
        assert isinstance(event.get("id", ""), str)


@pytest.mark.parametrize("name", ALL)
def test_the_same_recording_gives_the_same_text(name: str) -> None:
    assert to_perfetto(getattr(recordings, name)()) == to_perfetto(getattr(recordings, name)())


@pytest.mark.parametrize("name", ALL)
def test_events_are_in_order_of_time_after_all_names(name: str) -> None:
    events = events_of(getattr(recordings, name)())
    phases = [event["ph"] == "M" for event in events]
    assert phases == sorted(phases, reverse=True)
    times = [event["ts"] for event in events if event["ph"] != "M"]
    assert times == sorted(times)


def nanoseconds(event: Event) -> tuple[int, int]:
    """Return start and end of an event, as an importer reads them."""
    start = round(event["ts"] * 1000)
    return start, start + round(event.get("dur", 0) * 1000)


@pytest.mark.parametrize("name", ALL)
def test_what_lasts_nests_on_every_track(name: str) -> None:
    """An importer keeps a stack for each track: what begins within another must end within it."""
    stacks: dict[int, list[tuple[int, int]]] = {}
    for event in events_of(getattr(recordings, name)()):
        if event["ph"] not in "Xi":
            continue
        start, end = nanoseconds(event)
        stack = stacks.setdefault(event["tid"], [])
        while stack and stack[-1][1] <= start and stack[-1] != (start, end):
            stack.pop()
        if event["ph"] == "X":
            assert all(outer[0] <= start and end <= outer[1] for outer in stack)
            stack.append((start, end))


@pytest.mark.parametrize("name", ALL)
def test_nurseries_begin_and_then_end(name: str) -> None:
    open_: dict[str, Event] = {}
    seen: set[str] = set()
    for event in events_of(getattr(recordings, name)()):
        if event["ph"] == "b":
            assert event["id"] not in seen
            seen.add(event["id"])
            open_[event["id"]] = event
        elif event["ph"] == "e":
            begun = open_.pop(event["id"])
            assert (begun["name"], begun["tid"]) == (event["name"], event["tid"])
    assert open_ == {}


def test_tasks_are_tracks_in_the_order_of_the_tree() -> None:
    events = of_phase(events_of(recordings.shop(), title="shop.py"), "M")
    assert events[0] == {"ph": "M", "name": "process_name", "pid": 1, "args": {"name": "shop.py"}}
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    order = {
        event["tid"]: event["args"]["sort_index"] for event in events if event["name"] == "thread_sort_index"
    }
    assert [names[thread] for thread in sorted(names, key=order.__getitem__)] == [
        "main",
        "crawl",
        "fetch 1",
        "fetch 2",
        "fetch 3",
        "timer",
        "write",
        "watch",
    ]
    assert 0 not in names  # the idle task of a kernel, to some readers


def test_a_task_and_what_it_did() -> None:
    """`fetch 2`: its life, two waits, three moments at which it ran, two marks, a failure."""
    events = [event for event in events_of(recordings.shop()) if event.get("tid") == 4 and event["ph"] != "M"]
    assert [
        (event["ph"], event["name"], event["cat"], event["ts"], event.get("dur")) for event in events
    ] == [
        ("X", "fetch 2", "task", 0.0, 1_500_000.0),
        ("X", "CapacityLimiter.acquire", "lock", 0.0, 500_000.0),
        ("i", "ran", "running", 0.0, None),
        ("X", "SocketStream.receive_some", "socket", 500_000.0, 1_000_000.0),
        ("i", "ran", "running", 500_000.0, None),
        ("i", "asks /prices", "mark", 500_000.0, None),
        ("i", "first byte", "mark", 900_000.0, None),
        ("i", "ran", "running", 1_500_000.0, None),
        ("i", "failed", "failed", 1_500_000.0, None),
    ]
    assert events[0]["args"] == {"ending": "failed", "text": "ConnectionError: the server hung up"}
    assert events[3]["args"] == {
        "state": "waiting",
        "label": "SocketStream.receive_some",
        "stack": ["crawl.py:31 in fetch", "client.py:8 in get"],
    }
    assert events[-1]["args"] == {"error": "ConnectionError: the server hung up"}


def test_a_cancellation_says_why_and_by_whom() -> None:
    cancelled = [event for event in events_of(recordings.shop()) if event["name"] == "cancelled"]
    assert [(event["ts"], event["args"]) for event in cancelled] == [
        (
            1_500_000.0,
            {"source": "nursery", "reason": "ConnectionError('the server hung up')", "by": "fetch 2"},
        ),
        (1_500_000.0, {"source": "nursery"}),
    ]


def test_a_task_that_ran_takes_time_on_a_real_clock() -> None:
    events = events_of(recordings.real())
    ran = [event for event in events if event.get("cat") == "running"]
    assert [(event["ph"], event["name"], event["args"]) for event in ran] == [
        ("X", "running", {"state": "running"})
    ] * 2
    assert ran[0]["dur"] == 333.333


def test_nurseries_say_where_they_were_opened() -> None:
    begun = of_phase(events_of(recordings.shop()), "b")
    assert [(event["name"], event["args"]) for event in begun] == [
        ("nursery", {"tasks": 3, "opened at": "crawl.py:12 in main"}),
        ("bounded_map", {"tasks": 4, "opened at": "crawl.py:15 in crawl"}),
    ]
    (unknown,) = of_phase(events_of(recordings.real()), "b")
    assert unknown["args"] == {"tasks": 1}


def test_the_number_of_tasks_alive() -> None:
    counts = [(event["ts"], event["args"]["alive"]) for event in of_phase(events_of(recordings.shop()), "C")]
    assert counts == [
        (0.0, 7),
        (250_000.0, 8),
        (1_000_000.0, 7),
        (1_500_000.0, 5),
        (1_750_000.0, 3),
        (4_000_000.0, 2),
        (5_000_000.0, 0),
    ]
    crowd = [event["args"]["alive"] for event in of_phase(events_of(recordings.crowd(200, 7)), "C")]
    assert max(crowd) == 8
    assert crowd[-1] == 0


def test_what_is_known_of_the_whole() -> None:
    real, virtual = (json.loads(to_perfetto(one())) for one in (recordings.real, recordings.empty))
    assert real["otherData"] == {"clock": "real", "dropped events": "4711"}
    assert virtual["otherData"] == {"clock": "virtual", "dropped events": "0"}
    assert real["displayTimeUnit"] == "ms"


def test_moments_of_one_task_stay_in_its_order() -> None:
    """A task, a mark and its end at one instant: none comes before the life that it belongs to."""
    one = recordings.task("one", 1.0, 1.0, steps=(1.0,), marks=(Mark(1.0, "here"),))
    events = events_of(Recording(1.0, True, (one, one), 0))
    assert [(event["ph"], event["name"]) for event in events if event.get("tid") == 1 and "ts" in event] == [
        ("X", "one"),
        ("i", "ran"),
        ("i", "here"),
    ]
    assert all(one["ts"] <= other["ts"] for one, other in pairwise(events[5:]))
