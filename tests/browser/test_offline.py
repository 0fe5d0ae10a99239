"""What the browser itself says about each page: what it asked for, and what it complained about."""

from __future__ import annotations

import pytest

# The first test to ask for the site pays for its build.
pytestmark = pytest.mark.timeout(300)


def test_no_page_asks_the_network_or_complains(site, tab):
    findings = {}
    begun = tab.requested
    for path in site.pages:
        tab.requests.clear()
        tab.complaints.clear()
        tab.open(path)
        if tab.requests or tab.complaints:
            findings[site.name(path)] = [*tab.requests, *tab.complaints]
    print(f"{len(site.pages)} pages, {tab.requested - begun} requests, built in {site.seconds:.1f} s")
    assert findings == {}
