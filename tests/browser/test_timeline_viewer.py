"""The page of a recording, used as a reader uses it: by mouse, keys and finger, in both schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.timeline import recordings
from trio_patterns.timeline.html import to_html

from .conftest import DESKTOP, PHONE, Tab, missing

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(120)

#: Where the names end and the time begins, on a desktop.
NAMES = 272


@pytest.fixture
def open_recording(open_tab: Callable[..., Tab], tmp_path: Path) -> Callable[..., Tab]:
    """Return ``open_recording(name, scheme="light", size=DESKTOP)``: a tab with the page of a recording."""

    def open_recording(name: str = "shop", *args: Any, **options: Any) -> Tab:
        tab = open_tab(*args, **options)
        file = tmp_path / f"{name}.html"
        file.write_text(to_html(getattr(recordings, name)(), title=f"{name}.py"), encoding="utf-8")
        tab.open(file)
        settle(tab.page)
        return tab

    return open_recording


def settle(page: Page) -> None:
    """Wait until what has changed is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def ticks(page: Page) -> tuple[float, float]:
    """Return what part of the recording is in sight, by the handles over the overview, from 0 to 1."""
    found: list[float] = page.evaluate(
        """() => {
            const box = (id) => document.getElementById(id).getBoundingClientRect();
            const [lane, brush] = [box("lane"), box("brush")];
            return [(brush.left - lane.left) / lane.width, (brush.right - lane.left) / lane.width];
        }"""
    )
    return found[0], found[1]


def row(page: Page, name: str) -> dict[str, float]:
    """Return the box of a row's name."""
    box = page.locator(".row", has=page.get_by_text(name, exact=True)).first.bounding_box()
    assert box is not None
    return dict(box)


def hover(page: Page, name: str, part: float) -> str:
    """Move the pointer onto a task's bar, at a part of the width of the time, and return the card's text."""
    box = row(page, name)
    width = page.locator("#picture").bounding_box()
    assert width is not None
    page.mouse.move(width["x"] + width["width"] * part, box["y"] + box["height"] - 13)
    settle(page)
    return card(page)


def card(page: Page) -> str:
    """Return what the card says; nothing if there is none."""
    return page.locator("#card").inner_text() if page.locator("#card").is_visible() else ""


def names(page: Page) -> list[str]:
    return page.locator(".row .name").all_inner_texts()


def focused(page: Page) -> str:
    return page.locator('.row[aria-selected="true"] .name').inner_text()


def pixels(page: Page) -> str:
    """Return the picture as it is drawn, to see whether it has changed."""
    settle(page)
    drawn: str = page.evaluate("() => document.getElementById('picture').toDataURL()")
    return drawn


@pytest.mark.parametrize("name", ["empty", "shop", "crowd", "real", "hostile"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_requested_and_nothing_complains(open_recording, name: str, size: tuple[int, int]) -> None:
    tab = open_recording(name, "light", size)
    assert tab.requested == 1
    assert tab.complaints == []
    page = tab.page
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.evaluate("document.documentElement.scrollHeight") == size[1]


def test_what_names_say_is_only_text(open_recording) -> None:
    tab = open_recording("hostile")
    tab.page.keyboard.press("ArrowDown")
    for _ in range(3):
        tab.page.keyboard.press("ArrowDown")
    assert tab.page.locator("img").count() == 0
    assert tab.page.title() == "hostile.py"
    assert "onerror" in card(tab.page)


def test_the_tree_of_tasks_and_nurseries(open_recording) -> None:
    page = open_recording().page
    assert names(page) == [
        "main", "nursery", "crawl", "bounded_map", "fetch 1", "fetch 2", "fetch 3", "timer", "write", "watch",
    ]  # fmt: skip
    levels = [line.get_attribute("aria-level") for line in page.get_by_role("treeitem").all()]
    assert levels == ["1", "2", "3", "4", "5", "5", "5", "5", "3", "3"]
    totals = page.locator("#totals").inner_text().split()
    assert " ".join(totals) == "8 tasks peak 8 at once 5 s of virtual time 2 failed"
    assert "crawl.py:15" in page.locator(".row", has=page.get_by_text("bounded_map")).get_attribute(
        "aria-label"
    )


def test_forgotten_events_are_told(open_recording) -> None:
    page = open_recording("real").page
    assert "4711 events" in page.locator("#warning").inner_text()
    assert not open_recording("shop").page.locator("#warning").is_visible()


def test_an_empty_recording_says_so(open_recording) -> None:
    page = open_recording("empty").page
    assert page.get_by_text("Nothing was recorded.").is_visible()


def test_the_card_tells_what_is_under_the_pointer(open_recording) -> None:
    """State, times, label and await stack; an error; a cancellation with its reason and who it was."""
    page = open_recording().page
    waits = hover(page, "fetch 2", 0.2)
    for text in (
        "fetch 2",
        "main \u203a nursery \u203a crawl \u203a bounded_map",
        "waiting: network",
        "1.5 s",
        "took\n1 s",
        "SocketStream.receive_some",
        "fetch crawl.py:31",
        "get client.py:8",
        "ConnectionError",
    ):
        assert text in waits
    assert "cancelled at\n1.5 s" in hover(page, "fetch 3", 0.1)
    page.mouse.move(NAMES + 5, 600)
    settle(page)
    assert card(page) == ""
    page.locator("#tree").focus()
    for _ in range(7):
        page.keyboard.press("ArrowDown")
    assert focused(page) == "fetch 3"
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    cancelled = card(page)
    for text in (
        "cancelled at\n1.5 s",
        "cause\nnursery",
        "reason\nConnectionError('the server hung up')",
        "by\nfetch 2",
    ):
        assert text in cancelled
    assert "by fetch 2" in page.locator("#live").inner_text()


def test_wheel_over_the_axis_zooms_at_the_pointer(open_recording) -> None:
    page = open_recording().page
    before = ticks(page)
    page.mouse.move(NAMES + 300, 100)
    for _ in range(6):
        page.mouse.wheel(0, -60)
    settle(page)
    start, end = ticks(page)
    assert end - start < 0.6 * (before[1] - before[0])
    under = 300 / (DESKTOP[0] - NAMES)
    assert start + under * (end - start) == pytest.approx(under, abs=0.02)
    for _ in range(9):
        page.mouse.wheel(0, 60)
    settle(page)
    assert ticks(page) == pytest.approx(before, abs=0.005)


def test_wheel_with_ctrl_zooms_and_with_shift_pans(open_recording) -> None:
    page = open_recording().page
    page.mouse.move(NAMES + 500, 400)
    page.keyboard.down("Control")
    for _ in range(5):
        page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    settle(page)
    zoomed = ticks(page)
    assert zoomed[1] - zoomed[0] < 0.6
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Shift")
    settle(page)
    moved = ticks(page)
    assert moved[0] > zoomed[0]
    assert moved[1] - moved[0] == pytest.approx(zoomed[1] - zoomed[0], abs=0.005)


def test_keys_zoom_pan_and_reset(open_recording) -> None:
    page = open_recording().page
    before = ticks(page)
    for _ in range(3):
        page.keyboard.press("+")
    settle(page)
    near = ticks(page)
    assert near[1] - near[0] == pytest.approx(0.6**3, abs=0.02)
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    assert ticks(page)[0] > near[0]
    page.keyboard.press("-")
    settle(page)
    assert ticks(page)[1] - ticks(page)[0] == pytest.approx(0.6**2, abs=0.02)
    page.keyboard.press("0")
    settle(page)
    assert ticks(page) == pytest.approx(before, abs=0.005)


def test_a_drag_pans_and_a_double_click_zooms_to_the_span(open_recording) -> None:
    page = open_recording().page
    box = row(page, "write")
    y = box["y"] + box["height"] - 13
    hover(page, "write", 0.3)
    said = card(page)
    assert "waiting: thread" in said
    page.mouse.dblclick(NAMES + 0.3 * 1094, y)
    settle(page)
    start, end = ticks(page)
    assert end - start == pytest.approx(1.2 / 5.3, abs=0.05)
    assert start < 0.3 < end
    page.mouse.move(NAMES + 600, 600)
    page.mouse.down()
    page.mouse.move(NAMES + 400, 600, steps=4)
    page.mouse.up()
    settle(page)
    assert ticks(page)[0] > start
    assert ticks(page)[1] - ticks(page)[0] == pytest.approx(end - start, abs=0.005)


def test_the_overview_goes_where_it_is_clicked(open_recording) -> None:
    page = open_recording().page
    for _ in range(4):
        page.keyboard.press("+")
    settle(page)
    page.mouse.click(NAMES + 0.8 * 1094, 66)
    settle(page)
    start, end = ticks(page)
    assert start < 0.8 < end
    assert end - start < 0.3


def test_arrows_go_from_row_to_row_and_from_span_to_span(open_recording) -> None:
    page = open_recording().page
    page.locator("#tree").focus()
    said = []
    for key in ["ArrowDown"] * 9 + ["ArrowRight"] * 6 + ["ArrowLeft", "ArrowUp"]:
        page.keyboard.press(key)
        settle(page)
        said.append(page.locator("#live").inner_text())
    assert said[0].startswith("main")
    assert said[8].startswith("write, from 0 s, to 4 s, took 4 s, ended finished")
    assert said[9].startswith("write, running, at 0 s")
    assert said[10].startswith(
        "write, waiting: channel, waits on MemoryReceiveChannel.receive, from 0 s, to 1 s"
    )
    assert said[12] == "write, mark got the first page, at 1 s"
    assert said[13].startswith("write, waiting: thread")
    assert said[14].startswith("write, running, at 2 s")
    assert said[15].startswith("write, waiting: thread")
    assert said[16].startswith("timer, waiting: sleep")
    assert page.locator("#tree").get_attribute("aria-activedescendant") == page.locator(
        '.row[aria-selected="true"]'
    ).get_attribute("id")


def test_rows_fold_and_unfold(open_recording) -> None:
    page = open_recording().page
    page.get_by_text("bounded_map").click()
    settle(page)
    assert names(page) == ["main", "nursery", "crawl", "bounded_map", "write", "watch"]
    assert page.locator('[aria-expanded="false"] .name').inner_text() == "bounded_map"
    page.keyboard.press("Enter")
    settle(page)
    assert len(names(page)) == 10
    page.locator("#fold").click()
    settle(page)
    assert names(page) == ["main", "nursery"]
    page.locator("#fold").click()
    settle(page)
    assert len(names(page)) == 10


def test_many_of_one_name_are_one_row_until_it_is_clicked(open_recording) -> None:
    page = open_recording("crowd").page
    assert page.locator(".row").all_inner_texts()[2].split() == ["▸", "fetch", "\u00d71000"]
    label = page.locator(".row.group").get_attribute("aria-label")
    assert label == "fetch, 1000 tasks, at most 12 at once"
    page.locator(".row.group").click()
    settle(page)
    assert len(names(page)) < 60, "rows out of sight have elements"
    assert names(page)[3:6] == ["fetch 1", "fetch 2", "fetch 3"]
    page.keyboard.press("End")
    settle(page)
    assert focused(page) == "fetch 1000"
    assert page.locator(".row").count() < 60, "rows that have been in sight keep their elements"


def test_a_task_is_found_by_name(open_recording) -> None:
    page = open_recording("crowd").page
    page.keyboard.press("/")
    page.keyboard.type("FETCH 99")
    settle(page)
    assert page.locator("#found").inner_text() == "11 found"
    assert len(names(page)) == 3, "unfolded before it was asked for"
    page.keyboard.press("Enter")
    settle(page)
    assert (page.locator("#found").inner_text(), focused(page)) == ("1 of 11", "fetch 99")
    assert page.locator('.row[aria-selected="true"] mark').inner_text() == "fetch 99"
    page.keyboard.press("Enter")
    settle(page)
    assert (page.locator("#found").inner_text(), focused(page)) == ("2 of 11", "fetch 990")
    page.keyboard.press("Shift+Enter")
    settle(page)
    assert focused(page) == "fetch 99"
    page.keyboard.press("Escape")
    settle(page)
    assert page.locator("mark").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("nobody")
    settle(page)
    assert page.locator("#found").inner_text() == "none"


def test_marks_can_be_hidden(open_recording) -> None:
    page = open_recording().page
    tall = row(page, "fetch 2")["height"]
    page.locator("#flags").click()
    settle(page)
    assert page.locator("#flags").get_attribute("aria-pressed") == "false"
    assert row(page, "fetch 2")["height"] < tall
    assert not open_recording("crowd").page.locator("#flags").is_visible()


def test_the_scheme_is_the_readers_and_can_be_turned(open_recording) -> None:
    backs = {}
    for scheme in ("light", "dark"):
        page = open_recording("shop", scheme).page
        backs[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        before = pixels(page)
        page.locator("#scheme").click()
        turned = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert turned != backs[scheme]
        assert pixels(page) != before
        page.locator("#scheme").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == backs[scheme]
        assert pixels(page) == before
    assert backs["light"] != backs["dark"]


def test_the_legend_explains_what_occurs(open_recording) -> None:
    signs = open_recording("shop").page.locator("#signs").inner_text()
    assert "waits: channel" in signs
    assert "in no time" in signs
    assert "a mark of the program's own" in signs
    real = open_recording("real").page.locator("#signs").inner_text()
    assert "running, or ready to" in real
    assert "channel" not in real
    assert "no time" not in real


def test_times_are_seconds_of_a_virtual_clock_and_fit_the_real_one(open_recording) -> None:
    page = open_recording("real").page
    page.locator("#tree").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert focused(page) == "busy"
    assert "took\n333.333 µs" in card(page)


def test_a_finger_is_enough(open_recording) -> None:
    """A tap shows the card, docked at the bottom; a tap on a name folds."""
    page = open_recording("shop", "light", PHONE, has_touch=True, is_mobile=True).page
    box = row(page, "timer")
    page.touchscreen.tap(150, box["y"] + box["height"] - 13)
    settle(page)
    assert "waiting: sleep" in card(page)
    shown = page.locator("#card").bounding_box()
    assert shown is not None
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= PHONE[0]
    assert shown["y"] + shown["height"] <= PHONE[1]
    page.locator(".row .name", has_text="bounded_map").tap()
    settle(page)
    assert "timer" not in names(page)


def test_two_fingers_zoom_and_one_pans(open_recording) -> None:
    page = open_recording("shop", "light", PHONE, has_touch=True, is_mobile=True).page
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    before = ticks(page)
    touch("touchStart", (220, 560), (260, 560))
    for n in range(1, 9):
        touch("touchMove", (220 - 8 * n, 560), (260 + 8 * n, 560))
    touch("touchEnd")
    settle(page)
    start, end = ticks(page)
    assert end - start < 0.5 * (before[1] - before[0])
    assert page.evaluate("visualViewport.scale") == 1
    touch("touchStart", (250, 560))
    for n in range(1, 9):
        touch("touchMove", (250 - 8 * n, 560))
    touch("touchEnd")
    settle(page)
    assert ticks(page)[0] > start
    assert ticks(page)[1] - ticks(page)[0] == pytest.approx(end - start, abs=0.005)


def test_the_keys_are_listed(open_recording) -> None:
    page = open_recording().page
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["empty", "shop", "crowd", "real"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(open_recording, name: str, scheme: str, size: tuple[int, int]) -> None:
    """axe-core finds nothing, with a card and a legend open."""
    try:
        from axe_playwright_python.base import AXE_SCRIPT
    except ImportError:
        missing("axe-core is not installed: pip install -e '.[browser]'")
    page = open_recording(name, scheme, size).page
    page.evaluate("document.getElementById('legend').open = true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    settle(page)
    page.evaluate(AXE_SCRIPT)
    report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in report["violations"]
    }
    assert found == {}


def test_five_thousand_tasks_and_a_hundred_thousand_spans(open_recording, figures) -> None:
    """The figures are printed, not asserted: a busy machine is no slower page."""
    tab = open_recording("large")
    page = tab.page
    times = page.evaluate(
        """async () => {
            const [ruler, body] = ["ruler", "body"].map((id) => document.getElementById(id));
            const taken = [];
            for (let n = 0; n < 120; n++) {
                const begun = performance.now();
                const zoom = { deltaY: n % 40 < 20 ? -60 : 60, clientX: 700, clientY: 100, cancelable: true };
                ruler.dispatchEvent(new WheelEvent("wheel", { ...zoom, bubbles: true }));
                body.scrollTop += 200;
                await new Promise(requestAnimationFrame);
                taken.push(performance.now() - begun);
            }
            return taken.sort((a, b) => a - b);
        }"""
    )
    page.keyboard.press("/")
    page.keyboard.type("worker 20")
    settle(page)
    assert page.locator("#found").inner_text() == "250 found"
    assert page.locator(".row").count() < 60
    assert tab.complaints == []
    figures(tasks=5001, spans=100_000, frame_ms_median=round(times[60], 1), frame_ms_p95=round(times[114], 1))
