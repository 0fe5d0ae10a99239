"""A thousand pages on a slow, busy, broken server: exactly the known faults are found, at the known cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from examples.sitecheck.run import Options, Result, check_site


def found(result: Result) -> set[tuple[str, int, str, str]]:
    return {(broken.page, broken.line, broken.link, broken.reason) for broken in result.report.broken}


async def test_exactly_the_known_faults_are_found_in_a_thousand_pages(big_site: Any, tmp_path: Path) -> None:
    async with big_site.server.serve() as origin:
        options = Options(
            site=origin, database=tmp_path / "db.sqlite", timeout=60, attempts=3, limit=10, rate=100_000
        )
        result = await check_site(options)
    assert found(result) == big_site.expected
    assert len(result.report.broken) == len(big_site.expected)
    assert result.report.pages == big_site.pages
    assert result.report.links == big_site.links
    assert result.report.skipped.total() == big_site.pages
    # Every URL was asked for once, and again as often as its failures deserve.
    assert big_site.server.requests == big_site.requests_expected
    assert big_site.server.methods == {"GET": big_site.server.requests.total()}
    assert result.counts.requests == big_site.server.requests.total()
    assert result.counts.retries == big_site.server.requests.total() - big_site.urls
    assert result.checked == big_site.urls
    assert (result.checked_before, result.unchecked, result.complete) == (0, 0, True)
    assert 2 <= big_site.server.peak <= 10
    print(
        json.dumps(
            {
                "pages": result.report.pages,
                "links": result.report.links,
                "requests": result.counts.requests,
                "retries": result.counts.retries,
                "seconds": result.seconds,
            }
        )
    )


async def test_a_url_that_hangs_is_found_too_and_holds_nothing_up(
    site_that_hangs: Any, tmp_path: Path
) -> None:
    async with site_that_hangs.server.serve() as origin:
        options = Options(site=origin, database=tmp_path / "db.sqlite", timeout=1, attempts=3, rate=100_000)
        result = await check_site(options)
    assert any(reason == "timeout" for *_, reason in site_that_hangs.expected)
    assert found(result) == site_that_hangs.expected
    assert site_that_hangs.server.requests["/hangs"] == 3
    assert result.report.pages == site_that_hangs.pages
