"""A signal in the middle and the run after it: nothing checked twice, nothing lost, the same report."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trio

from examples.sitecheck.__main__ import _render
from examples.sitecheck.run import Options, check_site
from examples.sitecheck.store import BATCH_SIZE

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to another process")


@dataclass
class Ended:
    status: int
    out: str
    err: str

    def broken(self) -> set[tuple[str, int, str, str]]:
        return {tuple(found.values()) for found in json.loads(self.out)["broken"]}


async def sitecheck(
    folder: Path, origin: str, server: Any, *options: str, requests: int = 0, signals: tuple[int, ...] = ()
) -> Ended:
    """Run the program; after so many more requests send it the signals, a tenth of a second apart."""
    program = [
        sys.executable,
        "-m",
        "examples.sitecheck",
        origin,
        "--db",
        str(folder / "db.sqlite"),
        "--json",
    ]
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = await trio.lowlevel.open_process(
            [*program, "--rate", "100000", *options], stdout=stdout, stderr=stderr, cwd=ROOT
        )
        try:
            if signals:
                await server.wait_for_requests(server.requests.total() + requests)
            for number in signals:
                process.send_signal(number)
                await trio.sleep(0.1)
            status = await process.wait()
        finally:
            process.kill()
    return Ended(status, out.read_text(), err.read_text())


def visits_in(database: Path) -> list[str]:
    """Return the URLs in the table of visits."""
    with closing(sqlite3.connect(database)) as rows:
        tables = rows.execute("select name from sqlite_master where type = 'table' and name like '%visits_%'")
        [(table,)] = tables
        return sorted(url for (url,) in rows.execute(f"select url from {table}"))


def counts(line: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", line)]


async def test_ctrl_c_in_the_middle_and_the_run_after_it(big_site: Any, tmp_path: Path) -> None:
    server = big_site.server
    # A timeout that only a hanging server could reach: a slow machine must not look like a slow server.
    options = ("--timeout", "60", "--attempts", "3", "--quiet")
    async with server.serve() as origin:
        first = await sitecheck(tmp_path, origin, server, *options, requests=400, signals=(signal.SIGINT,))
        between = server.requests.copy()
        saved = len(visits_in(tmp_path / "db.sqlite"))
        second = await sitecheck(tmp_path, origin, server, *options)
    # It says what was finished and what was not, in one line, and what it says is true.
    assert first.status == 130
    assert first.err.startswith("sitecheck: interrupted by SIGINT: ")
    assert first.err.count("\n") == 1
    finished, unfinished = counts(first.err)
    assert finished == saved
    # What was asked for is finished, but for what each of the ten workers may have been about to ask again.
    assert finished >= len(between) - 10 >= 300
    assert unfinished > 0
    assert finished + unfinished <= big_site.urls
    partly = json.loads(first.out)
    assert 0 < partly["pages"] < big_site.pages
    assert first.broken() <= big_site.expected
    # The second run has exactly the rest to do, and comes to what an uninterrupted one comes to.
    assert second.status == 1
    assert second.err == ""
    assert second.broken() == big_site.expected
    assert json.loads(second.out)["pages"] == big_site.pages
    assert json.loads(second.out)["links"] == big_site.links
    # The server's own log: over both runs, every URL as often as in one run without interruption.
    assert 400 <= between.total() < server.requests.total()
    big_site.check_log_of_two_runs()


async def test_a_request_on_its_way_finishes_within_the_grace_period(bad_server: Any, tmp_path: Path) -> None:
    bad_server.page("/", '<a href="slow">', '<a href="next">')
    # Long enough for the signal to come first on a busy machine too.
    bad_server.page("/slow", '<a href="later">', delay=2)
    bad_server.page("/next", "fine", delay=2)
    bad_server.page("/later", "fine")
    async with bad_server.serve() as origin:
        first = await sitecheck(tmp_path, origin, bad_server, requests=3, signals=(signal.SIGTERM,))
        assert first.status == 143
        assert first.err.splitlines()[-1].startswith(
            "sitecheck: interrupted by SIGTERM: 3 URLs are checked and saved, 1 known ones are not"
        )
        second = await sitecheck(tmp_path, origin, bad_server)
    assert second.status == 0
    assert bad_server.requests == {"/": 1, "/slow": 1, "/next": 1, "/later": 1}


@pytest.mark.parametrize(
    ("grace", "signals"),
    [("0.2", (signal.SIGINT,)), ("60", (signal.SIGINT, signal.SIGINT))],
    ids=["the grace period is over", "a second Ctrl-C"],
)
async def test_a_request_that_does_not_end_is_cut_off_and_made_again(
    bad_server: Any, tmp_path: Path, grace: str, signals: tuple[int, ...]
) -> None:
    bad_server.page("/", '<a href="hangs">', '<a href="fine">')
    bad_server.page("/hangs", delay=3600)
    bad_server.page("/fine", "fine", delay=0.1)
    async with bad_server.serve() as origin:
        options = ("--grace", grace, "--timeout", "100", "--quiet")
        with trio.fail_after(15):
            first = await sitecheck(tmp_path, origin, bad_server, *options, requests=3, signals=signals)
        assert first.status == 130
        assert "Traceback" not in first.err
        bad_server.page("/hangs", "no longer")
        second = await sitecheck(tmp_path, origin, bad_server, *options)
    assert second.status == 0
    assert json.loads(second.out) == {"pages": 3, "links": 2, "broken": []}
    assert bad_server.requests["/"] == 1
    assert bad_server.requests["/hangs"] == 2


async def test_a_shutdown_does_not_wait_for_the_queue_at_the_rate_limiter(
    bad_server: Any, tmp_path: Path
) -> None:
    """Ten workers hold a job each; at one request a second they would go on as long as the grace allows."""
    names = [f"p{number}" for number in range(10)]
    bad_server.page("/", *(f'<a href="{name}">' for name in names))
    for name in names:
        bad_server.page(f"/{name}", "fine")
    async with bad_server.serve() as origin:
        options = ("--grace", "60", "--rate", "1", "--quiet")
        with trio.fail_after(15):
            first = await sitecheck(
                tmp_path, origin, bad_server, *options, requests=2, signals=(signal.SIGINT,)
            )
        # Those that were asked for, two or, if the signal took more than a second, a few more: not all.
        asked = bad_server.requests.total()
        assert counts(first.err) == [asked, 11 - asked]
        assert asked < 11
        second = await sitecheck(tmp_path, origin, bad_server)
    assert second.status == 0
    assert set(bad_server.requests.values()) == {1}
    assert len(bad_server.requests) == 11


async def test_a_finished_run_and_fresh_start_anew(bad_server: Any, tmp_path: Path) -> None:
    bad_server.page("/", '<a href="old">')
    bad_server.page("/old", "fine")
    async with bad_server.serve() as origin:
        options = Options(site=origin, database=tmp_path / "db.sqlite")
        assert (await check_site(options)).report.broken == []
        # The site has changed: what the last run has found must not be found again.
        bad_server.page("/", '<a href="new">', delay=0.3)
        bad_server.page("/new", '<a href="nowhere">')
        async with trio.open_nursery() as nursery:
            nursery.start_soon(check_site, options)
            await bad_server.wait_for_requests(3)
            signal.raise_signal(signal.SIGINT)
        anew = await check_site(replace(options, fresh=True))
    assert not anew.resumed
    assert [str(broken) for broken in anew.report.broken] == ["new:1: nowhere: not found"]
    assert bad_server.requests["/"] == 3
    assert visits_in(tmp_path / "db.sqlite") == ["/", "/new", "/nowhere"]


async def test_the_numbers_of_an_interrupted_run_add_up(small_site: Any, tmp_path: Path) -> None:
    """Every known URL is in one of: checked before, checked now, not checked."""
    server = small_site.server
    results = []
    async with server.serve() as origin:
        options = Options(
            site=origin, database=tmp_path / "db.sqlite", timeout=60, attempts=3, grace=60, rate=1e5
        )
        async with trio.open_nursery() as nursery:

            async def run() -> None:
                results.append(await check_site(options))

            nursery.start_soon(run)
            await server.wait_for_requests(50)
            signal.raise_signal(signal.SIGINT)
        results.append(await check_site(options))
    first, second = results
    assert not first.complete
    assert second.complete
    assert first.shutdown.signal is signal.SIGINT
    assert first.shutdown.clean
    assert (first.checked_before, second.checked_before) == (0, first.checked)
    assert first.checked + second.checked == small_site.urls
    assert second.unchecked == 0
    assert first.unchecked > 0
    assert first.report.unknown > 0
    assert second.report.unknown == 0
    small_site.check_log_of_two_runs()
    assert first.counts.requests + second.counts.requests == server.requests.total()
    # In the order of a compiler's messages, and complete.
    found = [(broken.page, broken.line, broken.link, broken.reason) for broken in second.report.broken]
    assert found == sorted(small_site.expected)
    rendered = _render(first)
    assert "links unknown" in rendered
    assert "URLs not checked" in rendered
    assert f"and {first.checked} before the interruption" in _render(second)


async def test_a_kill_in_the_middle_costs_half_a_second_of_work_and_no_more(
    bad_server: Any, tmp_path: Path
) -> None:
    """As a power cut would: nobody is asked, nothing is flushed."""
    names = [f"p{number}" for number in range(300)]
    bad_server.page("/", *(f'<a href="{name}">' for name in names))
    for name in names:
        bad_server.page(f"/{name}", "fine", delay=0.03)
    async with bad_server.serve() as origin:
        killed = await sitecheck(tmp_path, origin, bad_server, requests=200, signals=(signal.SIGKILL,))
        assert killed.status == -signal.SIGKILL
        second = await sitecheck(tmp_path, origin, bad_server)
    assert second.status == 0
    assert json.loads(second.out) == {"pages": 301, "links": 300, "broken": []}
    assert len(bad_server.requests) == 301
    twice = [path for path, count in bad_server.requests.items() if count > 1]
    # What was in flight, in the open batch, and in the batch that was being written.
    assert len(twice) <= 10 + 2 * BATCH_SIZE
    assert max(bad_server.requests.values()) <= 2
