"""The crawl on a dictionary in place of the network: what is asked for, how often, how many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from examples.sitecheck.crawler import Crawler, extend, reason_for
from examples.sitecheck.errors import SiteDown
from examples.sitecheck.fetcher import Answer, Fetcher, NoAnswer
from examples.sitecheck.frontier import Frontier
from examples.sitecheck.report import Report, build_report
from examples.sitecheck.site import Site
from examples.sitecheck.visit import Visit
from trio_patterns.shutdown import CancellationToken
from trio_patterns.traits import implements

ROOT = "http://site.test"


def html(*lines: str) -> Answer:
    return Answer(200, None, "text/html", None, "\n".join(lines).encode())


def image() -> Answer:
    return Answer(200, None, "image/png")


def moved(location: str, status: int = 302) -> Answer:
    return Answer(status, location)


@implements(Fetcher)
@dataclass
class Dictionary:
    """The web in a dictionary; what isn't in it is not found."""

    answers: dict[str, Answer | Exception | Callable[[], Answer]]
    delay: float = 0.0
    asked: list[tuple[str, bool]] = field(default_factory=list)
    at_once: int = 0
    peak: int = 0

    async def fetch(self, url: str, *, as_page: bool) -> Answer:
        self.asked.append((url.removeprefix(ROOT), as_page))
        self.at_once += 1
        self.peak = max(self.peak, self.at_once)
        try:
            await trio.sleep(self.delay)
        finally:
            self.at_once -= 1
        answer = self.answers.get(url.removeprefix(ROOT), Answer(404))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else answer()


@dataclass
class Crawl:
    report: Report
    visits: dict[str, Visit]
    complete: bool
    frontier: Frontier

    @property
    def broken(self) -> list[str]:
        return [str(broken) for broken in self.report.broken]


async def crawl(
    web: Dictionary,
    *,
    start: str = ROOT + "/",
    external: bool = False,
    limit: int = 10,
    token: CancellationToken | None = None,
    visits: dict[str, Visit] | None = None,
) -> Crawl:
    site = Site(start, external)
    frontier = Frontier()
    visits = dict(visits or {})
    site.learn_all(visits)
    for url in visits:
        frontier.add_finished(url)
    for visit in visits.values():
        extend(frontier, site, visit)
    frontier.add(start)
    send, receive = trio.open_memory_channel[Visit](0)
    crawler = Crawler(site, frontier, web, send, token or CancellationToken(), limit=limit)

    async def collect() -> None:
        async for visit in receive:
            assert visit.url not in visits, "checked twice"
            visits[visit.url] = visit

    async with trio.open_nursery() as nursery:
        nursery.start_soon(collect)
        with send:
            await crawler.run()
    return Crawl(build_report(visits, site), visits, crawler.complete, frontier)


async def test_every_url_is_asked_for_once_however_often_it_is_linked(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html(
                '<a href="a"><a href="./a"><a href="/a#x"><a href="HTTP://SITE.TEST:80/a"><img src="p.png">'
            ),
            "/a": html('<p id="x"><a href="/"><a href="a">'),
            "/p.png": Answer(200, None, "image/png"),
        }
    )
    result = await crawl(web)
    assert sorted(url for url, _ in web.asked) == ["/", "/a", "/p.png"]
    assert result.complete
    assert (result.report.pages, result.report.links, result.broken) == (2, 7, [])


async def test_a_query_makes_another_url_and_a_fragment_does_not(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {"/": html('<a href="?a"><a href="?b"><a href="#top"><a href="?a#top">'), "/?a": html("A")}
    )
    result = await crawl(web)
    assert sorted(url for url, _ in web.asked) == ["/", "/?a", "/?b"]
    assert result.broken == ["index.html:1: ?b: not found"]


async def test_nofollow_is_followed(autojump_clock: MockClock) -> None:
    """It speaks to search engines; to a browser it means nothing."""
    web = Dictionary({"/": html('<a rel="nofollow" href="a">'), "/a": html('<a href="gone">')})
    assert (await crawl(web)).broken == ["a:1: gone: not found"]


@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_no_more_than_limit_are_checked_at_once(autojump_clock: MockClock, limit: int) -> None:
    links = "".join(f'<a href="{number}">' for number in range(200))
    # Images, because pages are parsed in threads, and virtual time does not wait for those.
    web = Dictionary({"/": html(links), **{f"/{number}": image() for number in range(200)}}, delay=1.0)
    await crawl(web, limit=limit)
    assert web.peak == limit
    assert len(web.asked) == 201


async def test_anchors_of_pages_that_are_read_later(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html('<a href="b#yes">', '<a href="b#no">', '<a href="#no">', '<a href="b#:~:text=x">'),
            "/b": html('<p id="yes">'),
        }
    )
    assert (await crawl(web)).broken == [
        "index.html:2: b#no: missing anchor",
        "index.html:3: #no: missing anchor",
    ]


async def test_anchors_are_percent_decoded(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html(
                '<p id="a b"><a name="\u00e9"></a><p id="c%20d">',
                '<a href="#a%20b"><a href="#a b"><a href="#%C3%A9"><a href="#\u00e9"><a href="#c%20d">',
                '<a href="#A%20B">',
            )
        }
    )
    assert (await crawl(web)).broken == ["index.html:3: #A%20B: missing anchor"]


async def test_a_fragment_of_what_is_no_page_is_not_judged(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html('<a href="m.pdf#page=3"><img src="i.svg#icon">'),
            "/m.pdf": Answer(200, None, "application/pdf"),
            "/i.svg": Answer(200, None, "image/svg+xml"),
        }
    )
    assert (await crawl(web)).broken == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, ""),
        (204, ""),
        (300, "bad redirect"),
        (400, "client error"),
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "not found"),
        (410, "not found"),
        (418, "client error"),
        (429, "too many requests"),
        (500, "server error"),
        (503, "server error"),
    ],
)
def test_reason_for_a_status(status: int, reason: str) -> None:
    assert reason_for(status) == reason


async def test_what_does_not_answer_has_a_reason(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html('<a href="slow">', '<a href="lost">', '<a href="http://:x">'),
            "/slow": NoAnswer("timeout", "..."),
            "/lost": NoAnswer("connection failed", "..."),
        }
    )
    assert (await crawl(web)).broken == [
        "index.html:1: slow: timeout",
        "index.html:2: lost: connection failed",
        "index.html:3: http://:x: invalid link",
    ]


async def test_a_site_that_does_not_answer_at_all_is_no_site(autojump_clock: MockClock) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(SiteDown, match=r"^http://site\.test/ does not answer: refused$")
    ):
        await crawl(Dictionary({"/": NoAnswer("connection failed", "refused")}))


async def test_a_site_that_died_between_two_runs_keeps_its_pages_unchecked(autojump_clock: MockClock) -> None:
    web = Dictionary({"/": html('<a href="a">')})
    before = (await crawl(web)).visits
    del before[ROOT + "/a"]
    with pytest.RaisesGroup(SiteDown):
        await crawl(Dictionary({"/a": NoAnswer("connection failed", "refused")}), visits=before)


# --- redirects -----------------------------------------------------------------------------------------


async def test_redirects_are_followed_by_hand(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html('<a href="old">', '<a href="old#yes">', '<a href="old#no">', '<a href="lost">'),
            "/old": moved("sub/new", 301),
            "/sub/new": html('<p id="yes"><a href="other">'),
            "/sub/other": html(""),
            "/lost": moved("/nowhere"),
        }
    )
    result = await crawl(web)
    assert result.broken == ["index.html:3: old#no: missing anchor", "index.html:4: lost: not found"]
    assert result.report.pages == 3
    assert len(web.asked) == 6


async def test_the_fragment_of_a_redirect_wins(autojump_clock: MockClock) -> None:
    web = Dictionary({"/": html('<a href="old#no">'), "/old": moved("new#yes"), "/new": html('<p id="yes">')})
    assert (await crawl(web)).broken == []


@pytest.mark.parametrize("location", ["http://:bad/", "mailto:x@y.test"])
async def test_a_redirect_to_nowhere(autojump_clock: MockClock, location: str) -> None:
    web = Dictionary({"/": html('<a href="old">'), "/old": moved(location)})
    assert (await crawl(web)).broken == ["index.html:1: old: bad redirect"]


async def test_a_redirect_loop_ends(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html('<a href="a">', '<a href="self">', '<a href="in">'),
            "/a": moved("b"),
            "/b": moved("a"),
            "/self": moved("self"),
            "/in": moved("a"),
        }
    )
    result = await crawl(web)
    assert result.broken == [
        f"index.html:{n}: {link}: redirect loop" for n, link in enumerate(["a", "self", "in"], 1)
    ]
    assert len(web.asked) == 5


@pytest.mark.parametrize(("hops", "broken"), [(20, []), (21, ["index.html:1: r1: too many redirects"])])
async def test_twenty_redirects_in_a_row_are_followed(
    autojump_clock: MockClock, hops: int, broken: list[str]
) -> None:
    chain: dict[str, Answer | Exception | Callable[[], Answer]] = {
        f"/r{number}": moved(f"r{number + 1}") for number in range(1, hops + 1)
    }
    web = Dictionary({"/": html('<a href="r1">'), **chain, f"/r{hops + 1}": html("")})
    assert (await crawl(web)).broken == broken


async def test_endless_redirects_end(autojump_clock: MockClock) -> None:
    """Each leads to a new URL, so there is no loop to be seen."""

    class Endless(Dictionary):
        async def fetch(self, url: str, *, as_page: bool) -> Answer:
            await super().fetch(url, as_page=as_page)
            return html('<a href="/x">') if url == ROOT + "/" else moved(url + "x")

    web = Endless({})
    result = await crawl(web)
    assert result.broken == ["index.html:1: /x: too many redirects"]
    assert len(web.asked) == 22


# --- other hosts ---------------------------------------------------------------------------------------


OTHER = "http://other.test"


async def test_other_hosts_are_not_asked(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html(
                f'<a href="{OTHER}/x"><a href="//cdn.test/"><a href="mailto:x@y"><a href="tel:1"><a href="r">'
            ),
            "/r": moved(f"{OTHER}/y"),
        }
    )
    result = await crawl(web)
    assert [url for url, _ in web.asked] == ["/", "/r"]
    assert result.report.skipped == {"external": 2, "mailto": 1, "tel": 1}
    assert (result.report.links, result.broken) == (1, [])


async def test_other_hosts_are_asked_with_external_and_not_crawled(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": html(
                f'<a href="{OTHER}/x#no">',
                f'<a href="{OTHER}/gone">',
                f'<a href="{OTHER}/old">',
                '<a href="r">',
            ),
            OTHER + "/x": html(f'<a href="{OTHER}/not-ours">'),
            OTHER + "/old": moved("/gone"),
            "/r": moved(f"{OTHER}/x"),
        }
    )
    result = await crawl(web, external=True)
    asked = dict(web.asked)
    assert asked == {
        "/": True,
        "/r": True,
        OTHER + "/x": False,
        OTHER + "/gone": False,
        OTHER + "/old": False,
    }
    assert result.broken == [
        f"index.html:2: {OTHER}/gone: not found",
        f"index.html:3: {OTHER}/old: not found",
    ]
    assert result.report.pages == 1


async def test_another_scheme_on_the_same_host_is_the_same_site(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {"/": html('<a href="https://site.test/a">'), "https://site.test/a": html('<a href="b">')}
    )
    assert (await crawl(web)).broken == ["a:1: b: not found"]


async def test_a_start_page_that_redirects_says_what_the_site_is(autojump_clock: MockClock) -> None:
    web = Dictionary(
        {
            "/": moved("https://www.site.test/en/"),
            "https://www.site.test/en/": html('<a href="/gone"><a href="http://site.test/also-gone">'),
        }
    )
    result = await crawl(web)
    assert result.broken == [
        "en/index.html:1: /gone: not found",
        "en/index.html:1: http://site.test/also-gone: not found",
    ]
    # And it says so to the next run, too.
    again = Dictionary({})
    assert (await crawl(again, visits=result.visits)).broken == result.broken
    assert again.asked == []


# --- shutdown ------------------------------------------------------------------------------------------


async def test_a_cancelled_token_ends_the_crawl_after_what_is_in_flight(autojump_clock: MockClock) -> None:
    links = "".join(f'<a href="{number}">' for number in range(50))
    web = Dictionary({"/": html(links), **{f"/{number}": image() for number in range(50)}}, delay=1.0)
    token = CancellationToken()
    results: list[Crawl] = []

    async def run() -> None:
        results.append(await crawl(web, limit=5, token=token))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        # The start page is parsed in a thread, which virtual time does not wait for.
        while len(web.asked) < 6:  # noqa: ASYNC110
            await trio.sleep(0.001)
        await trio.sleep(2.5)
        token.cancel("enough")
    (first,) = results
    # The start page, some rounds of five, and the last one that was on its way.
    assert not first.complete
    assert len(first.visits) == first.frontier.finished
    assert first.frontier.finished == 16
    assert first.frontier.known == 51
    assert first.report.unknown == 51 - first.frontier.finished
    asked = len(web.asked)
    second = await crawl(web, visits=first.visits)
    assert second.complete
    assert len(web.asked) == 51
    assert asked == first.frontier.finished
    assert second.report == build_report((await crawl(web)).visits, Site(ROOT + "/"))


async def test_a_token_cancelled_before_the_crawl(autojump_clock: MockClock) -> None:
    web = Dictionary({"/": html("")})
    token = CancellationToken()
    token.cancel()
    result = await crawl(web, token=token)
    assert not result.complete
    assert web.asked == []


async def test_pages_under_two_names_are_one_page(autojump_clock: MockClock) -> None:
    """``/``, ``/index.html`` and ``?v=1`` are three URLs of one file; a fault in it is one fault."""
    same = html('<a href="gone"><a href="index.html"><a href="?v=1"><a href="sub/"><a href="sub/index.html">')
    web = Dictionary(
        {
            "/": same,
            "/index.html": same,
            "/?v=1": same,
            "/sub/": html('<a href="gone">'),
            "/sub/index.html": html('<a href="gone">', "other bytes, so another page"),
        }
    )
    result = await crawl(web)
    assert result.broken == [
        "index.html:1: gone: not found",
        "sub/index.html:1: gone: not found",
        "sub/index.html:1: gone: not found",
    ]
    assert result.report.pages == 3
