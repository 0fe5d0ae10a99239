"""One answer for one URL: what is tried again, how long a server is given, and what it is asked."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx  # noqa: ASYNC127
import pytest
import trio
from trio.testing import MockClock

from examples.sitecheck import http_fetcher as module
from examples.sitecheck.fetcher import Answer, Counts, NoAnswer, ShuttingDown
from examples.sitecheck.http_fetcher import HttpFetcher, open_http_fetcher
from trio_patterns.shutdown import CancellationToken

#: The virtual time at which something was asked, and what.
Log = list[tuple[float, str, str]]


@asynccontextmanager
async def fake(answer: Any, log: Log, **options: Any) -> AsyncGenerator[HttpFetcher]:
    """Give a fetcher whose client calls ``answer`` instead of the network, so that virtual time is exact."""
    start = trio.current_time()

    async def handle(request: httpx.Request) -> httpx.Response:
        log.append((trio.current_time() - start, request.method, request.url.path))
        made = answer(len(log), request)
        return await made if hasattr(made, "__await__") else made

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle), timeout=None) as client:
        token = options.pop("token", None) or CancellationToken()
        yield HttpFetcher(client, token, **{"rate": 1e6, **options})


def page(body: bytes = b"<p>", content_type: str = "text/html", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"content-type": content_type, **headers})


async def test_a_page_comes_with_its_body(autojump_clock: MockClock) -> None:
    log: Log = []
    async with fake(lambda *_: page(b"<a>", "Text/HTML; charset=latin-1"), log) as fetcher:
        answer = await fetcher.fetch("http://site.test/x", as_page=True)
    assert answer == Answer(200, None, "text/html", "latin-1", b"<a>")
    assert log == [(0.0, "GET", "/x")]


@pytest.mark.parametrize(
    ("content_type", "body", "is_page"),
    [
        ("text/html", b"", True),
        ("application/xhtml+xml", b"x", True),
        ("text/plain", b"<html>", False),
        ("image/png", b"x" * 100_000, False),
        ("", b" <!DOCTYPE html>", True),
        ("", b"\x89PNG", False),
    ],
)
async def test_only_pages_are_read(
    autojump_clock: MockClock, content_type: str, body: bytes, is_page: bool
) -> None:
    async with fake(lambda *_: page(body, content_type), []) as fetcher:
        answer = await fetcher.fetch("http://site.test/", as_page=True)
    assert answer.body == (body if is_page else None)
    assert answer.content_type == (content_type or ("text/html" if is_page else ""))


async def test_the_body_of_an_error_is_not_read_for_links(autojump_clock: MockClock) -> None:
    def missing(*_: object) -> httpx.Response:
        return httpx.Response(404, content=b"<a href=x>", headers={"content-type": "text/html"})

    async with fake(missing, []) as fetcher:
        answer = await fetcher.fetch("http://site.test/", as_page=True)
    assert (answer.status, answer.body) == (404, None)


async def test_a_page_beyond_all_measure_is_not_read_to_its_end(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGE_BYTES", 1000)
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:  # noqa: ASYNC900
        nonlocal sent
        while True:
            sent += 1
            await trio.lowlevel.checkpoint()
            yield b"x" * 100

    async with fake(
        lambda *_: httpx.Response(200, content=endless(), headers={"content-type": "text/html"}), []
    ) as f:
        answer = await f.fetch("http://site.test/", as_page=True)
    assert (answer.status, answer.body) == (200, None)
    assert sent < 20


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_busy_server_is_asked_again(autojump_clock: MockClock, status: int) -> None:
    log: Log = []
    counts = Counts()
    async with fake(
        lambda n, _: page() if n == 3 else httpx.Response(status), log, attempts=4, counts=counts
    ) as fetcher:
        answer = await fetcher.fetch("http://site.test/", as_page=True)
    assert (answer.status, len(log)) == (200, 3)
    assert (counts.requests, counts.retries) == (3, 2)
    # Backoff with full jitter: at most 0.25 s, then at most 0.5 s.
    assert log[1][0] <= 0.25
    assert log[2][0] - log[1][0] <= 0.5


@pytest.mark.parametrize("status", [200, 204, 301, 304, 400, 401, 403, 404, 410])
async def test_a_final_answer_is_asked_for_once(autojump_clock: MockClock, status: int) -> None:
    log: Log = []
    async with fake(lambda *_: httpx.Response(status), log) as fetcher:
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == status
    assert len(log) == 1


async def test_the_last_answer_of_a_server_that_stays_busy_is_the_answer(autojump_clock: MockClock) -> None:
    log: Log = []
    async with fake(lambda *_: httpx.Response(503), log, attempts=3) as fetcher:
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == 503
    assert len(log) == 3


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "30"}, 30.0),
        (
            {"retry-after": "Sun, 06 Nov 1994 08:49:47 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"},
            10.0,
        ),
        (
            {"retry-after": "Sun, 06 Nov 1994 08:49:30 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"},
            0.0,
        ),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 -0000"}, 0.0),
    ],
)
async def test_retry_after_is_respected(
    autojump_clock: MockClock, headers: dict[str, str], delay: float
) -> None:
    """In seconds or as a date, which is compared with the server's clock."""
    log: Log = []
    async with fake(lambda n, _: page() if n == 2 else httpx.Response(503, headers=headers), log) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
    assert log[1][0] == pytest.approx(delay, abs=1e-3)


@pytest.mark.parametrize("wait", ["31", "99999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"])
async def test_a_server_that_wants_to_be_left_alone_for_longer_is(
    autojump_clock: MockClock, wait: str
) -> None:
    log: Log = []
    async with fake(lambda *_: httpx.Response(503, headers={"retry-after": wait}), log) as fetcher:
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == 503
    assert len(log) == 1


async def test_a_retry_after_date_without_a_server_clock(autojump_clock: MockClock) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=12), usegmt=True)
    log: Log = []
    async with fake(
        lambda n, _: page() if n == 2 else httpx.Response(503, headers={"retry-after": soon}), log
    ) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
    assert 9 < log[1][0] <= 12


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1.5", "", "99 Nov"])
async def test_a_retry_after_that_says_nothing_leaves_the_backoff(
    autojump_clock: MockClock, nonsense: str
) -> None:
    log: Log = []
    async with fake(
        lambda n, _: page() if n == 2 else httpx.Response(503, headers={"retry-after": nonsense}), log
    ) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
    assert log[1][0] <= 0.25


async def test_silence_is_a_timeout_after_all_attempts(autojump_clock: MockClock) -> None:
    async def silence() -> httpx.Response:
        await trio.sleep(1000)
        raise AssertionError

    log: Log = []
    async with fake(lambda *_: silence(), log, timeout=5.0, attempts=2) as fetcher:
        with pytest.raises(NoAnswer, match=r"timeout: no answer within 5 s") as caught:
            await fetcher.fetch("http://site.test/", as_page=True)
    assert caught.value.reason == "timeout"
    assert len(log) == 2
    assert 5.0 <= log[1][0] <= 5.25


async def test_a_lost_connection_is_made_again(autojump_clock: MockClock) -> None:
    def answer(number: int, _: object) -> httpx.Response:
        if number < 3:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return page()

    log: Log = []
    async with fake(answer, log) as fetcher:
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == 200
    assert len(log) == 3


@pytest.mark.parametrize(
    ("error", "reason", "requests"),
    [
        (httpx.ConnectError("refused"), "connection failed", 4),
        (httpx.ReadError(""), "connection failed", 4),
        (httpx.DecodingError("bad gzip"), "unreadable answer", 1),
        (httpx.InvalidURL("too long"), "invalid link", 1),
        (UnicodeError("label too long"), "invalid link", 1),
    ],
)
async def test_no_answer_has_a_reason(
    autojump_clock: MockClock, error: Exception, reason: str, requests: int
) -> None:
    def fail(*_: object) -> httpx.Response:
        raise error

    log: Log = []
    async with fake(fail, log) as fetcher:
        with pytest.raises(NoAnswer) as caught:
            await fetcher.fetch("http://site.test/", as_page=True)
    assert caught.value.reason == reason
    assert len(log) == requests


async def test_requests_to_a_host_keep_to_the_rate(autojump_clock: MockClock) -> None:
    log: Log = []
    async with fake(lambda *_: page(), log, rate=4) as fetcher, trio.open_nursery() as nursery:
        for _ in range(9):
            nursery.start_soon(lambda: fetcher.fetch("http://site.test/", as_page=True))
    assert [when for when, _, _ in log] == [number / 4 for number in range(9)]


async def test_a_slow_host_does_not_hold_another_back(autojump_clock: MockClock) -> None:
    log: Log = []
    async with fake(lambda *_: page(), log, rate=1) as fetcher:
        for url in ("http://one.test/", "https://one.test/", "http://two.test/"):
            await fetcher.fetch(url, as_page=True)
    assert [when for when, _, _ in log] == [0, 1, 1]


async def test_the_default_rate_is_polite_except_to_this_machine(autojump_clock: MockClock) -> None:
    for url, gap in (("http://site.test/", 0.05), ("http://127.0.0.1:8/", 0.001), ("http://[::1]/", 0.001)):
        log: Log = []
        async with fake(lambda *_: page(), log, rate=None) as fetcher:
            await fetcher.fetch(url, as_page=True)
            await fetcher.fetch(url, as_page=True)
        assert log[1][0] == pytest.approx(gap)


async def test_time_in_line_is_not_the_servers_fault(autojump_clock: MockClock) -> None:
    log: Log = []
    async with fake(lambda *_: page(), log, rate=0.1, timeout=5.0) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == 200
    assert [when for when, _, _ in log] == [0, 10]


async def test_a_retry_is_a_request_like_any_other_to_the_rate(autojump_clock: MockClock) -> None:
    log: Log = []
    busy = {"retry-after": "0"}
    async with fake(
        lambda n, _: page() if n == 3 else httpx.Response(503, headers=busy), log, rate=1
    ) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
    assert [when for when, _, _ in log] == [0, 1, 2]


async def test_no_request_is_made_once_the_token_is_cancelled(autojump_clock: MockClock) -> None:
    log: Log = []
    token = CancellationToken()
    async with fake(lambda *_: page(), log, rate=1, token=token) as fetcher:
        await fetcher.fetch("http://site.test/", as_page=True)
        with pytest.RaisesGroup(ShuttingDown):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(lambda: fetcher.fetch("http://site.test/", as_page=True))
                await trio.sleep(0.5)
                token.cancel()
        assert trio.current_time() < 1
        with pytest.raises(ShuttingDown):
            await fetcher.fetch("http://site.test/", as_page=True)
    assert len(log) == 1


async def test_a_request_on_its_way_ends_although_the_token_is_cancelled(autojump_clock: MockClock) -> None:
    token = CancellationToken()

    async def slow() -> httpx.Response:
        await trio.sleep(2)
        token.cancel()
        await trio.sleep(2)
        return page()

    async with fake(lambda *_: slow(), [], token=token) as fetcher:
        assert (await fetcher.fetch("http://site.test/", as_page=True)).status == 200


@pytest.mark.parametrize(
    ("head", "asked", "status"),
    [
        (200, ["HEAD"], 200),
        (301, ["HEAD"], 301),
        (404, ["HEAD", "GET"], 200),
        (405, ["HEAD", "GET"], 200),
        (500, ["HEAD", "GET"], 200),
        (None, ["HEAD", "GET"], 200),
    ],
)
async def test_elsewhere_head_is_enough_and_get_is_the_fallback(
    autojump_clock: MockClock, head: int | None, asked: list[str], status: int
) -> None:
    def answer(_: int, request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            if head is None:
                raise httpx.RemoteProtocolError("no HEAD here")
            return httpx.Response(head, headers={"location": "/"} if head == 301 else {})
        return page(b"<a href=x>" * 100_000)

    log: Log = []
    async with fake(answer, log) as fetcher:
        result = await fetcher.fetch("http://site.test/", as_page=False)
    assert (result.status, result.body) == (status, None)
    assert [method for _, method, _ in log] == asked


async def test_over_a_real_connection(bad_server: Any) -> None:
    """Redirects are not followed, connections are reused, and what nobody wants is not downloaded."""
    bad_server.page("/", "<p>")
    bad_server.page("/moved", status=302, headers={"location": "/there?x=1#y"})
    bad_server.page("/film", "x" * 5_000_000, content_type="video/mp4")
    async with bad_server.serve() as origin, open_http_fetcher(CancellationToken(), connections=2) as fetcher:
        started = time.perf_counter()
        assert (await fetcher.fetch(origin + "/", as_page=True)).body == b"<p>"
        assert (await fetcher.fetch(origin + "/moved", as_page=True)).location == "/there?x=1#y"
        assert (await fetcher.fetch(origin + "/film", as_page=True)).content_type == "video/mp4"
        assert (await fetcher.fetch(origin + "/none", as_page=True)).status == 404
        assert time.perf_counter() - started < 10
    assert fetcher.counts == Counts(4, 0)
    with pytest.raises(NoAnswer, match=r"^connection failed: "):
        async with open_http_fetcher(CancellationToken(), connections=2, attempts=1) as fetcher:
            await fetcher.fetch(origin + "/", as_page=True)


async def test_the_environments_proxy_is_not_used_for_this_machine(
    bad_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad_server.page("/", "<p>")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with bad_server.serve() as origin, open_http_fetcher(CancellationToken(), connections=2) as fetcher:
        assert (await fetcher.fetch(origin + "/", as_page=True)).status == 200
