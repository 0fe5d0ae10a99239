"""Every page of the documentation, looked at with a browser.

Nothing comes from the network, nothing complains, and it can be read: by keyboard and screen reader
(axe-core), in light and in dark, on a desk and on a phone.
"""

from __future__ import annotations

import pytest

from .looks import Findings, look_at

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)

#: Of pages, so that several workers have something to do.
SHARES = 8


@pytest.fixture(scope="module")
def kinds() -> set[str]:
    """The kinds of text that were found legible; the same one on another page need not be looked at again."""
    return set()


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_can_be_used_by_everybody(site, open_tab, figures, kinds: set[str], share: int):
    found = Findings(kinds=kinds)
    tab = open_tab()
    pages = site.pages[share::SHARES]
    for path in pages:
        name = site.name(path)
        tab.requests.clear()
        tab.complaints.clear()
        look_at(tab.open(path), name, found)
        found.add(name, "asks the network for", tab.requests)
        found.add(name, "console", tab.complaints)
    impacts = {impact: found.impacts[impact] for impact in ("critical", "serious", "moderate", "minor")}
    figures(pages=len(pages), requests=tab.requested, **impacts)
    assert not found.faults, f"\n{found.report()}"
    assert len(found.kinds) > 5, "hardly any text was looked at"


def test_a_build_takes_less_than_three_minutes(site, figures):
    figures(seconds_to_build=round(site.seconds))
    assert site.seconds < 180
