"""All questions to one page, and how an answer reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")

DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 360, "height": 740}

#: What axe-core calls a finding that shuts somebody out. The others are told, and do not fail a test.
GRAVE = ("serious", "critical")

#: CSS pixels. A picture whose letters would get smaller has to scroll instead.
SMALLEST_LETTERS = 9


@dataclass
class Findings:
    """What was found on some pages, by page."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    #: Findings of axe-core, by impact.
    impacts: Counter[str] = field(default_factory=Counter)
    #: The kinds of text (colour, size, ground) whose contrast is known already.
    kinds: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)

    def add(self, page: str, where: str, faults: list[str]) -> None:
        """Keep what is wrong with a page."""
        if faults:
            self.faults.setdefault(page, []).extend(f"{where}: {fault}" for fault in faults)

    def add_axe(self, page: str, where: str, findings: list[dict[str, Any]]) -> None:
        """Keep findings of axe-core, the grave ones as faults."""
        for finding in findings:
            impact = finding["impact"]
            self.impacts[impact] += finding["count"]
            places = "".join(f"\n        {html}" for html in finding["where"])
            text = (
                f"{impact} {finding['id']} x {finding['count']}, {finding['help']}: {finding['why']}{places}"
            )
            if impact in GRAVE:
                self.add(page, where, [text])
            else:
                self.remarks.append(f"{page}: {where}: {text}")

    def report(self) -> str:
        """Return all of it, to be read."""
        lines = []
        for page, faults in self.faults.items():
            lines += [page, *(f"    {fault}" for fault in faults)]
        if self.remarks:
            lines += ["", "less grave, and no reason to fail:", *self.remarks]
        return "\n".join(lines)


def axe_core() -> str:
    """Return the script, as it comes with its Python package."""
    from axe_playwright_python.base import AXE_SCRIPT

    return AXE_SCRIPT


def look_at(page: Page, name: str, found: Findings) -> None:
    """Ask everything of the page that the browser has just loaded, in light and dark, on desk and phone."""
    page.evaluate(axe_core())
    page.evaluate(LOOK)
    page.evaluate("look.unfold()")
    found.add(name, "headings", page.evaluate("look.headings()"))
    found.add_axe(name, "axe", page.evaluate("look.axeRules()"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        answer = page.evaluate("known => look.axeContrast(known)", sorted(found.kinds))
        found.kinds.update(answer["kinds"])
        found.add_axe(name, scheme, answer["findings"])
        found.add(name, scheme, page.evaluate("look.pictures(0)"))
    for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        found.add(name, device, page.evaluate("look.overflow()"))
        found.add(name, device, page.evaluate("look.tabs()"))
        found.add(name, device, page.evaluate(f"look.pictures({SMALLEST_LETTERS})"))
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
