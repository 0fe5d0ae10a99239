"""From a script to its picture in a browser: the whole way, in both colour schemes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from trio_patterns.timeline.__main__ import main

from .conftest import DESKTOP, PHONE, Tab

pytestmark = pytest.mark.timeout(120)

SCRIPT = Path(__file__).parents[2] / "docs" / "timeline" / "programs" / "shop.py"

#: How bright the picture is, 0 to 1, and how many colours it has: of the canvas, decoded by the browser.
LOOK = """async (png) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    let sum = 0;
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) {
        sum += data[i] + data[i + 1] + data[i + 2];
        colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    }
    return [sum / (data.length / 4) / 765, colours.size];
}"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shop.html"
    assert main(["-o", str(path), "--virtual-time", str(SCRIPT)]) == 0
    return path


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screenshots_in_both_schemes(
    open_tab: Callable[..., Tab], picture: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Bright or dark, with the colours of bars, marks and texts, and not an empty box."""
    brightness = {}
    judge = open_tab(offline=False)
    for scheme in ("light", "dark"):
        tab = open_tab(scheme, size=size)
        tab.open(picture)
        tab.page.wait_for_timeout(200)  # until all is drawn
        shot = tab.page.screenshot(path=tmp_path / f"{scheme}.png")
        brightness[scheme], colours = judge.page.evaluate(LOOK, base64.b64encode(shot).decode())
        assert colours > 40
        assert tab.complaints == []
        assert (tab.requested, tab.requests) == (1, [])
    assert brightness["light"] > 0.8
    assert brightness["dark"] < 0.3


def test_zoom_hover_and_search(open_tab: Callable[..., Tab], picture: Path) -> None:
    """The failing order is found by name, and its card says what it waited for, where, and how it ended."""
    tab = open_tab()
    page = tab.page
    tab.open(picture)
    page.keyboard.press("/")
    page.keyboard.type("pack #3")
    page.keyboard.press("Enter")
    name = page.get_by_text("pack #3", exact=True).first.bounding_box()
    lane = page.locator("#lane").bounding_box()
    assert name is not None
    assert lane is not None
    # It waits for the lock from 0.7 to 2.5 of 2.9 s.
    page.mouse.move(lane["x"] + lane["width"] * 0.5, name["y"] + name["height"] / 2)
    card = page.locator("#card")
    card.wait_for(state="visible")
    assert "Lock.acquire" in card.inner_text()
    assert "shop.py" in card.inner_text()
    assert "async with table:" in card.inner_text()
    assert "order 3 has no address" in page.locator("body").inner_text() + card.inner_text()
    before = page.screenshot()
    page.mouse.wheel(0, -400)
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    assert page.screenshot() != before
    assert tab.complaints == []
