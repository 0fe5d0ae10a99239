"""The page of a recording: one file that loads nothing, small, always the same, and proof against names."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.timeline import recordings
from tests.timeline.looking import contrast
from trio_patterns._core.frames import Place
from trio_patterns.timeline.html import SCRIPTS, asset, to_html
from trio_patterns.timeline.model import Recording, TaskRecord

ALL = ["empty", "shop", "crowd", "real", "hostile"]


class Page(HTMLParser):
    """What a browser would make of the page, as far as it matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.title = ""
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside == "title":
            self.title += data

    @property
    def data(self) -> dict[str, Any]:
        """The recording as the viewer gets it."""
        loaded: dict[str, Any] = json.loads(self.scripts[0])
        return loaded


def page_of(recording: Recording, **options: str) -> Page:
    return Page(to_html(recording, **options))


@pytest.mark.parametrize("name", ALL)
def test_it_is_one_file_that_loads_nothing(name: str) -> None:
    text = to_html(getattr(recordings, name)())
    page = Page(text)
    attributes = [(key, value) for _, attrs in page.tags for key, value in attrs.items()]
    assert [value for key, value in attributes if key in {"src", "srcset", "action", "data"}] == []
    assert [value for key, value in attributes if key == "href"] == ["data:,"]
    assert not re.search(
        r"https?:|@import|url\(|\bimport\b|\bfetch\(|XMLHttpRequest", "".join(page.scripts[1:])
    )
    assert not re.search(r"@import|url\(", asset("style.css"))
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", ALL)
def test_the_same_recording_gives_the_same_page(name: str) -> None:
    assert to_html(getattr(recordings, name)()) == to_html(getattr(recordings, name)())


def test_no_text_breaks_out_of_its_place() -> None:
    """The page has the elements of one whose names are harmless, and the viewer reads what was recorded."""
    hostile = page_of(recordings.hostile(), title=recordings.HOSTILE)
    harmless = page_of(recordings.shop(), title="Timeline")
    assert hostile.tags == harmless.tags
    assert len(hostile.scripts) == 2
    assert recordings.HOSTILE in hostile.data["strings"]
    assert hostile.data["title"] == recordings.HOSTILE
    assert hostile.title == recordings.HOSTILE.replace("\ud800", "\ufffd")


def test_the_page_can_be_written_whatever_the_names_are() -> None:
    """Half of a surrogate pair, as a file name of other bytes has, is no UTF-8."""
    text = to_html(recordings.hostile(), title=recordings.HOSTILE)
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\u2028" not in text


def test_the_title_is_heading_and_name_of_the_tab() -> None:
    text = to_html(recordings.empty(), title="a < b & c")
    assert text.count(html.escape("a < b & c")) == 2


def test_every_part_of_the_script_is_in_the_page_once() -> None:
    text = to_html(recordings.empty())
    folder = Path(__file__).parents[2] / "trio_patterns" / "timeline" / "viewer"
    assert sorted(path.name for path in folder.glob("*.js")) == sorted(SCRIPTS)
    for name in SCRIPTS:
        assert text.count(asset(name)) == 1
        assert "</" not in asset(name)
    assert "{{" not in text


def unpacked(data: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Read the data as the viewer does: each task with its name, nursery, times and spans."""
    strings = data["strings"]
    tasks = []
    for name, nursery, start, end, ending, text, spans, steps, _, _ in data["tasks"]:
        time = start
        read = []
        for gap, length, wait in zip(spans[::3], spans[1::3], spans[2::3], strict=True):
            category, label, stack = data["waits"][wait]
            lines = [
                (strings[f], line, strings[fn])
                for f, line, fn, _ in (data["places"][place] for place in data["stacks"][stack])
            ]
            read.append(
                (time + gap, time + gap + length, data["categories"][category], strings[label], lines)
            )
            time += gap + length
        tasks.append(
            (strings[name], nursery, start, end, data["endings"][ending], strings[text], read, steps)
        )
    return tasks


def expected(recording: Recording) -> list[tuple[Any, ...]]:
    """Say the same of the recording itself."""

    def ns(time: float) -> int:
        return round(time * 1e9)

    numbers = {}
    owners = list(recording.all_tasks())
    for task in owners:
        for nursery in task.nurseries:
            number = len(set(numbers.values()))
            numbers.update({id(child): number for child in nursery.tasks})
    return [
        (
            task.name,
            numbers.get(id(task), -1),
            ns(task.start),
            ns(task.end),
            task.ending.kind,
            task.ending.text,
            [
                (
                    ns(span.start),
                    ns(span.end),
                    span.category or span.state,
                    span.label,
                    [(place.file.split("/")[-1], place.line, place.function) for place in span.stack],
                )
                for span in task.spans
            ],
            [ns(step) for step in task.steps],
        )
        for task in owners
    ]


@pytest.mark.parametrize("name", ["empty", "shop", "crowd", "real"])
def test_the_viewer_reads_what_was_recorded(name: str) -> None:
    recording = getattr(recordings, name)()
    data = page_of(recording).data
    assert unpacked(data) == expected(recording)
    assert (data["virtual"], data["dropped"]) == (recording.virtual, recording.dropped)
    assert data["duration"] == round(recording.duration * 1e9)


def test_nurseries_cancellations_and_marks_are_there() -> None:
    data = page_of(recordings.shop()).data
    strings = data["strings"]
    found = [
        (strings[label], start, end, strings[data["tasks"][owner][0]])
        for label, _, start, end, owner in data["nurseries"]
    ]
    assert found == [("nursery", 0, 5 * 10**9, "main"), ("bounded_map", 0, 1_750_000_000, "crawl")]
    tasks = {strings[task[0]]: task for task in data["tasks"]}
    ((time, source, reason, by),) = tasks["fetch 3"][8]
    assert (time, strings[source], strings[by]) == (1_500_000_000, "nursery", "fetch 2")
    assert strings[reason] == "ConnectionError('the server hung up')"
    assert [(time, strings[text]) for time, text in tasks["fetch 2"][9]] == [
        (500_000_000, "asks /prices"),
        (900_000_000, "first byte"),
    ]
    assert page_of(recordings.real()).data["nurseries"][0][1] == -1


def test_nothing_is_written_twice() -> None:
    data = page_of(recordings.crowd()).data
    for table in ("strings", "places", "stacks", "waits"):
        rows = [json.dumps(row) for row in data[table]]
        assert len(set(rows)) == len(rows)
    assert len(data["waits"]) == 2
    assert len(data["places"]) == 3


def test_a_task_more_takes_less_than_a_hundred_characters() -> None:
    """With a wait and two steps, of names that differ by a number."""
    sizes = [len(to_html(recordings.crowd(number))) for number in (1000, 2000)]
    assert (sizes[1] - sizes[0]) / 1000 < 100


def test_the_line_of_a_place_is_read_from_its_file(tmp_path: Path) -> None:
    """Once for each place; where the file lies is in nothing."""
    pages = []
    for folder in ("here", "elsewhere"):
        file = tmp_path / folder / "shop.py"
        file.parent.mkdir()
        file.write_text("import trio\n\n    await trio.sleep(1)  # </script>\n", encoding="utf-8")
        place = Place(str(file), 3, "main")
        wait = recordings.wait(0.0, 1.0, "sleep", "sleep", place)
        recording = Recording(1.0, True, (recordings.task("main", 0.0, 1.0, wait, wait),), 0)
        pages.append(to_html(recording))
    assert pages[0] == pages[1]
    assert str(tmp_path) not in pages[0]
    data = Page(pages[0]).data
    ((file_name, line, function, source),) = data["places"]
    assert [data["strings"][n] for n in (file_name, function, source)] == [
        "shop.py",
        "main",
        "await trio.sleep(1)  # </script>",
    ]
    assert line == 3


def test_nurseries_may_nest_deeply() -> None:
    """A recursion of a thousand nurseries is a program like any other."""
    depth = 900
    task: TaskRecord = recordings.task("leaf", 0.0, 1.0)
    for n in range(depth):
        task = recordings.task(
            f"level {n}", 0.0, 1.0, nurseries=(recordings.nursery("nursery", 0.0, 1.0, task),)
        )
    data = page_of(Recording(1.0, True, (task,), 0)).data
    assert len(data["tasks"]) == depth + 1
    assert [task[1] for task in data["tasks"]] == list(range(-1, depth))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_can_be_read(scheme: int) -> None:
    """On a canvas too, where no tool looks: 4.5 to 1 for every text on what it stands on."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", asset("style.css"))
    colours = {name: values[scheme] for name, *values in found}
    grounds = {
        "text": ["paper", "panel", "hover", "picked", "found"],
        "muted": ["paper", "panel", "hover", "picked"],
        "accent": ["paper"],
        "bad": ["paper", "panel", "hover", "picked"],
        "cut": ["paper", "panel", "hover", "picked"],
        "warn-text": ["warn-fill"],
        **{f"{name}-text": [name] for name in colours if f"{name}-text" in colours},
    }
    pairs = [(text, ground) for text, on in grounds.items() for ground in on]
    assert len(pairs) > 20
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: value for pair, value in poor.items() if value < 4.5} == {}


def test_no_text_is_smaller_than_twelve_pixels() -> None:
    texts = [asset(name) for name in ("style.css", "theme.js", "paint.js", "marks.js")]
    sizes = [float(size) for text in texts for size in re.findall(r"font[^;\n]*?(\d+)px", text)]
    assert sizes
    assert min(sizes) >= 12


def test_times_add_up() -> None:
    """Ten tenths of a second end where the second ends: no span begins before the last one's end."""
    spans = [recordings.wait(n / 10, (n + 1) / 10, "sleep", "sleep") for n in range(10)]
    data = page_of(Recording(1.0, True, (recordings.task("main", 0.0, 1.0, *spans),), 0)).data
    ((_, _, _, _, _, _, read, _),) = unpacked(data)
    assert all(one[1] == other[0] for one, other in pairwise(read))
    assert read[-1][1] == data["duration"]
