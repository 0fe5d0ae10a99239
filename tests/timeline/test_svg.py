"""`Timeline.to_svg`: a picture that is well formed, says what it shows, and keeps within its width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from xml.etree import ElementTree

import pytest
import trio
import trio.testing

from tests.timeline.looking import contrast
from trio_patterns.spawning import gather
from trio_patterns.timeline import Ending, Recording, TaskRecord, Timeline, mark, record
from trio_patterns.timeline.axis import in_words, ticks
from trio_patterns.timeline.svg import names_width, to_svg
from trio_patterns.timeline.svg_style import DARK, LIGHT, css

SVG = "{http://www.w3.org/2000/svg}"


def of_class(svg: str, name: str) -> Iterator[ElementTree.Element]:
    for element in ElementTree.fromstring(svg).iter():
        if name in element.get("class", "").split():
            yield element


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}title")]


async def busy(pause: float) -> None:
    await trio.sleep(pause)
    mark("half <way>")
    await trio.sleep(pause)


async def boom() -> None:
    await trio.sleep(3)
    raise ValueError("<boom>")


@pytest.fixture
def timeline() -> Timeline:
    timelines = []

    async def main() -> None:
        with pytest.raises(ExceptionGroup), record() as timeline:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(busy, 1)
                nursery.start_soon(busy, 2)
                nursery.start_soon(boom, name="<b>&")
        timelines.append(timeline)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return timelines[0]


def test_bars_are_where_the_times_are(timeline: Timeline) -> None:
    svg = timeline.to_svg(width=800)
    bars = [
        (float(bar.get("x", 0)), float(bar.get("width", 0))) for bar in of_class(svg, "sleep") if bar.get("x")
    ]
    begin = min(x for x, _ in bars)
    second = (800 - 14 - begin) / 3
    assert bars == [
        pytest.approx((begin + start * second, length * second), abs=0.2)
        for start, length in [(0, 1), (1, 1), (0, 2), (2, 1), (0, 3)]
    ]
    (band,) = of_class(svg, "band")
    assert float(band.get("width", 0)) == pytest.approx(3 * second + 4, abs=0.2)


def test_all_is_said_in_words_too(timeline: Timeline) -> None:
    svg = timeline.to_svg(title="A <shop>")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        "Timeline. A <shop>. 4 tasks in 3 s on a virtual clock: "
        "1 finished, 1 failed, 1 cancelled, 1 still there"
    )
    said = titles(svg)
    assert any(
        line.startswith("busy #1 waits on sleep: 0 s to 1 s, 1 s\n  test_svg.py:")
        and line.endswith(" in busy")
        for line in said
    )
    assert "busy #1: finished at 2 s" in said
    assert "<b>&: failed at 3 s: ValueError: <boom>" in said
    assert any(line.startswith("busy #2 is cancelled at 3 s: nursery, child task raised") for line in said)
    assert any(line.startswith("nursery: 0 s to 3 s\n  test_svg.py:") for line in said)
    assert {"A <shop>", "busy #1", "<b>&", "ValueError: <boom>", "half <way>"} <= set(texts(svg))
    legend = {
        "runs, in no time",
        "waits: sleep",
        "waits: its tasks",
        "cancelled",
        "failed",
        "finished",
        "goes on",
    }
    assert legend | {"mark"} <= set(texts(svg))
    assert "waits: channel" not in texts(svg)


def test_nothing_leaves_the_picture(timeline: Timeline) -> None:
    for width in (320, 760, 1600):
        root = ElementTree.fromstring(timeline.to_svg(width=width, title="t"))
        height = float(root.get("height", 0))
        for element in root.iter():
            if element.tag == f"{SVG}rect":
                assert float(element.get("x", 0)) + float(element.get("width", 0)) <= width + 3
            assert 0 <= float(element.get("y", 0)) <= height
            for x in re.findall(r"M(-?[\d.]+)", element.get("d", "")):
                assert -5 <= float(x) <= width + 5


async def test_many_marks_take_lanes_and_no_more_than_four(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        await trio.sleep(1)
        for number in range(10):
            mark(f"mark number {number}")
        await trio.sleep(1)
        mark("the last mark at the very end of it")
    flags = [mark.get("d", "") for mark in of_class(timeline.to_svg(), "mark") if mark.get("d")]
    tops = {flag.partition("V")[2].partition("l")[0] for flag in flags}
    assert len(flags) == 12  # and the legend's
    assert len(tops) == 5  # and the legend's
    ends = [text for text in of_class(timeline.to_svg(), "mark") if text.get("text-anchor") == "end"]
    assert [text.text for text in ends] == ["the last mark at the very end of it"]


async def test_folded_tasks_are_a_curve(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            for number in range(30):
                nursery.start_soon(trio.sleep, 1 + number % 3, name="fetch")
        await trio.sleep(5)
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(trio.sleep, 0.1, name="at the end")
            for _ in range(20):
                nursery.start_soon(trio.lowlevel.checkpoint, name="in no time")
    svg = timeline.to_svg(fold=10)
    assert {"at most 30 at once; 30 finished", "at most 20 at once; 20 finished", "20 finished"} <= set(
        texts(svg)
    )
    assert "fetch \N{MULTIPLICATION SIGN}30" in texts(svg)
    assert len(list(of_class(svg, "count"))) == 4  # and the legend's
    assert "fetch #3" in texts(timeline.to_svg(fold=30))


async def test_a_long_name_and_a_long_reason_are_cut(autojump_clock: trio.testing.MockClock) -> None:
    scope = trio.CancelScope()

    async def cut() -> None:
        with scope:
            await trio.sleep_forever()

    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cut, name="n" * 100)
            await trio.sleep(1)
            scope.cancel(reason="r" * 150)
    svg = timeline.to_svg(width=400)
    assert [text[-1] for text in texts(svg) if text.startswith(("nn", "rr"))] == ["…", "…"]
    assert "n" * 100 in titles(svg)
    assert any("r" * 150 in title for title in titles(svg))


async def test_a_real_clock_has_bars_for_what_ran() -> None:
    with record() as timeline:
        for _ in range(100):
            await trio.lowlevel.checkpoint()
    svg = timeline.to_svg()
    assert list(of_class(svg, "run"))
    assert not list(of_class(svg, "step"))


def test_embedded_pictures_leave_the_colours_to_the_page() -> None:
    recording = Timeline().recording
    assert "<style>" not in to_svg(recording, title="", fold=3, width=400, embedded=True)
    assert "prefers-color-scheme: dark" in to_svg(recording, title="", fold=3, width=400)


def test_two_pictures_on_one_scale() -> None:
    task = TaskRecord("t", 0.0, 1.0, Ending("finished", ""), (), (0.0, 1.0), (), (), ())
    recording = Recording(1.0, True, (task,), 0)
    svg = to_svg(recording, title="", fold=3, width=400, duration=2.0, names=100.0)
    dot, _ = of_class(svg, "good")  # and the legend's
    assert float(dot.get("cx", 0)) == pytest.approx(122 + (386 - 122) / 2, abs=0.2)


def test_the_colours_of_both_schemes_are_the_same_set() -> None:
    assert LIGHT.keys() == DARK.keys()
    sheet = css("svg.tl", "body.dark svg.tl", "")
    assert set(re.findall(r"var\(--tl-(\w+)\)", sheet)) <= LIGHT.keys()
    assert "prefers-color-scheme" not in sheet


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(colours: dict[str, str]) -> None:
    """WCAG AA: 4.5 for text on what lies under it, 3 for signs."""
    tints = ("sleep", "channel", "lock", "event", "tasks", "thread", "socket", "process", "other")
    assert dict.fromkeys(tints, True) == {
        tint: contrast(colours["fg"], colours[tint]) >= 4.5 for tint in tints
    }
    for name in ("fg", "dim", "bad", "cut", "mark"):
        # Beside a bar, or over it where there is no room; a plate below it hides most of the bar.
        poor = [tint for tint in (*tints, "back") if contrast(colours[name], colours[tint]) < 4.5]
        assert poor == [], name
    for name in ("run", "good"):
        assert contrast(colours[name], colours["back"]) >= 3, name


@pytest.mark.parametrize(
    ("duration", "most", "expected"),
    [
        (0.0, 5, [0.0]),
        (1.0, 5, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (8.0, 4, [0.0, 2.0, 4.0, 6.0, 8.0]),
        (0.003, 3, [0.0, 0.001, 0.002, 0.003]),
        (99.0, 2, [0.0, 50.0]),
        (7.0, 1, [0.0]),
    ],
)
def test_ticks_are_round_and_few(duration: float, most: int, expected: list[float]) -> None:
    assert ticks(duration, most=most) == pytest.approx(expected)


def test_times_in_words() -> None:
    assert [in_words(seconds) for seconds in (0, 1.5, 3600, 0.02, 0.00031)] == [
        "0 s",
        "1.5 s",
        "3600 s",
        "20 ms",
        "310 µs",
    ]


async def test_nurseries_of_the_library_are_named(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        await gather(partial(trio.sleep, 1), partial(trio.sleep, 2))
    assert "gather" in texts(timeline.to_svg())
    assert 0 < names_width(timeline.recording, fold=3) < 2000


@pytest.mark.parametrize(("argument", "value"), [("width", 319), ("fold", 0)])
def test_arguments_are_checked(argument: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{argument} must be an int >= "):
        Timeline().to_svg(**{argument: value})
