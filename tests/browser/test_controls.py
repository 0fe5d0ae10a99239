"""What a reader operates: colours, tabs, copy buttons, the drawers of a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .looks import DESKTOP, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
OUTLINED = "(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2)"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def with_tabs(site) -> Path:
    """Return the page with the most sets of tabs."""
    return max(site.pages, key=lambda path: read(path).count('class="sd-tab-set'))


def synced(page: Page, name: str) -> list[bool]:
    """Return for each tab of that name on the page whether it is the one that is open."""
    return page.evaluate(
        """(id) => [...document.querySelectorAll(`.sd-tab-set > label[data-sync-id="${id}"]`)].map(
          (label) => document.getElementById(label.htmlFor).checked)""",
        name,
    )


def test_the_colours_follow_the_system_and_the_button(site, tab):
    """Three states: as the system, light, dark; the choice lasts to the next page."""
    page = tab.open(site.html / "index.html")
    seen = {page.evaluate(BACKGROUND)}
    themes = [page.evaluate("document.body.dataset.theme")]
    button = page.locator(".theme-toggle-content .theme-toggle")
    for _ in range(2):
        button.click()
        themes.append(page.evaluate("document.body.dataset.theme"))
        seen.add(page.evaluate(BACKGROUND))
    assert sorted(themes) == ["auto", "dark", "light"]
    assert len(seen) == 2
    page = tab.open(site.html / "glossary.html")
    assert page.evaluate("document.body.dataset.theme") == themes[-1]


def test_a_program_is_copied_without_its_prompts(site, open_tab):
    tab = open_tab(permissions=["clipboard-read", "clipboard-write"])
    page = tab.open(site.html / "index.html")
    code = page.locator("article div.highlight").first
    code.hover()
    code.locator("button.copybtn").click()
    page.locator("button.copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == code.locator("pre").inner_text().strip()


def test_every_block_of_code_has_a_button_to_copy_it(site, open_tab):
    page = open_tab().open(site.html / "index.html")
    blocks = page.locator("article div.highlight pre").count()
    assert blocks > 0
    assert page.locator("article div.highlight button.copybtn").count() == blocks


def test_tabs_of_a_kind_switch_together_by_keyboard(site, open_tab):
    """The arrow keys choose, on every set of the page, and the next page remembers."""
    tab = open_tab()
    page = tab.open(with_tabs(site))
    labels = page.locator(".sd-tab-set").first.locator(":scope > label")
    wanted = labels.nth(1).get_attribute("data-sync-id")
    assert wanted is not None
    page.locator(".sd-tab-set > input").first.focus()
    page.keyboard.press("ArrowRight")
    assert set(synced(page, wanted)) == {True}
    others = [
        path for path in site.pages if path != with_tabs(site) and f'data-sync-id="{wanted}"' in read(path)
    ]
    assert others
    page = tab.open(others[0])
    assert set(synced(page, wanted)) == {True}


def test_one_sees_where_the_keyboard_is(site, tab):
    """Each of the first thirty stops of the Tab key is outlined, or its label is."""
    page = tab.open(with_tabs(site))
    invisible = []
    stops = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        stop, outlined = page.evaluate(
            f"""() => {{
              const el = document.activeElement;
              const also = [el, ...(el.labels ?? [])];
              return [el.outerHTML.slice(0, 100), also.some((one) => {OUTLINED}(getComputedStyle(one)))];
            }}"""
        )
        stops.add(stop)
        if not outlined:
            invisible.append(stop)
    assert len(stops) > 20
    assert invisible == []


def test_a_box_that_scrolls_is_a_stop_and_one_that_does_not_is_none(site, open_tab):
    tab = open_tab(size=(DESKTOP["width"], DESKTOP["height"]))
    page = tab.open(site.html / "index.html")
    boxes = "[...document.querySelectorAll('article pre')]"
    wide = f"{boxes}.map((el) => [el.scrollWidth > el.clientWidth + 1, el.tabIndex])"
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.wait_for_timeout(100)
        found = page.evaluate(wide)
        assert [index for _, index in found] == [0 if scrolls else -1 for scrolls, _ in found]
    assert any(scrolls for scrolls, _ in found), "nothing scrolls on a phone any more: look for another page"


def test_the_drawers_of_a_phone_open_and_close(site, open_tab):
    tab = open_tab(size=(PHONE["width"], PHONE["height"]))
    page = tab.open(site.html / "index.html")
    drawer = page.locator(".sidebar-drawer")

    def left() -> float:
        box = drawer.bounding_box()
        assert box is not None
        return box["x"]

    assert left() < 0
    page.locator(".mobile-header .nav-overlay-icon").click()
    assert left() == 0
    page.mouse.click(PHONE["width"] - 5, 400)
    assert left() < 0


def test_nothing_moves_for_those_who_asked_for_that(site, open_tab):
    moving = """[...document.querySelectorAll('body *')].filter((el) => {
      const style = getComputedStyle(el);
      return style.transitionDuration.split(', ').some((t) => t !== '0s') || style.animationName !== 'none';
    }).length"""
    path = site.html / "index.html"
    assert open_tab(reduced_motion="reduce").open(path).evaluate(moving) == 0
    assert open_tab(reduced_motion="no-preference").open(path).evaluate(moving) > 0
