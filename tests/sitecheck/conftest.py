"""A site made up for tests, on a server that behaves as badly as real ones and logs every request."""

from __future__ import annotations

import queue
import random
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import trio

from examples.sitecheck.site_server import serve_app

Expected = set[tuple[str, int, str, str]]


@dataclass
class Answer:
    """One answer of the server."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class BadServer:
    """An ASGI application: ``answers[path]`` are given one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: Counter[str] = Counter()
        self.methods: Counter[str] = Counter()
        self.retries_expected = 0
        self.at_once = self.peak = 0
        self.seen = trio.Event()
        self.closing = trio.Event()
        self.wanted = 0

    async def __call__(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "lifespan":
            for stage in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{stage}.complete"})
            return
        path = scope["raw_path"].decode()
        if scope["query_string"]:
            path += "?" + scope["query_string"].decode()
        self.requests[path] += 1
        self.methods[scope["method"]] += 1
        if self.requests.total() >= self.wanted:
            self.seen.set()
        answers = self.answers.get(path) or [Answer(b"missing", 404, "text/plain")]
        answer = answers[min(self.requests[path], len(answers)) - 1]
        self.at_once += 1
        self.peak = max(self.peak, self.at_once)
        try:
            # An answer that never comes must not hold up the end of the test as well.
            with trio.move_on_after(answer.delay):
                await self.closing.wait()
        finally:
            self.at_once -= 1
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            **answer.headers,
        }
        head = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests have come in all."""
        self.wanted = count
        self.seen = trio.Event()
        if self.requests.total() < count:
            await self.seen.wait()

    def page(self, path: str, *lines: str, **options: Any) -> None:
        """Add a page; each argument is a line of it."""
        self.answers[path] = [Answer("\n".join(lines).encode(), **options)]

    @contextmanager
    def serve_in_thread(self) -> Generator[str]:
        """Serve from another thread, for tests that need the main thread for themselves."""
        ready: queue.SimpleQueue[tuple[str, Callable[[], None]]] = queue.SimpleQueue()

        async def serve() -> None:
            async with self.serve() as origin:
                done = trio.Event()
                token = trio.lowlevel.current_trio_token()
                ready.put((origin, lambda: trio.from_thread.run_sync(done.set, trio_token=token)))
                await done.wait()

        thread = threading.Thread(target=trio.run, args=(serve,))
        thread.start()
        origin, stop = ready.get(timeout=10)
        try:
            yield origin
        finally:
            stop()
            thread.join(10)

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Serve on a free port; gives the origin."""
        self.closing = trio.Event()
        async with serve_app(self) as origin:
            try:
                yield origin
            finally:
                self.closing.set()


@pytest.fixture
def bad_server() -> BadServer:
    return BadServer()


@dataclass
class BigSite:
    server: BadServer
    expected: Expected
    pages: int
    links: int
    urls: int
    """URLs that are to be requested, each once if the server behaves."""

    @property
    def requests_expected(self) -> Counter[str]:
        """How often each URL has to be asked for: once, and again after each failure that may pass."""
        return Counter({path: self.attempts.get(path, 1) for path in self.paths})

    def check_log_of_two_runs(self) -> None:
        """Check the server's log of an interrupted run and the one after it: nothing was checked twice or
        left out.

        Only what never gets an answer that settles it may have cost a few attempts more: interrupted between
        two of them, it is unchecked, and the next run begins with the first.
        """
        log, expected = self.server.requests.copy(), self.requests_expected
        for path in self.hopeless:
            assert expected[path] <= log.pop(path) < 2 * expected.pop(path)
        assert log == expected

    paths: set[str] = field(default_factory=set)
    attempts: dict[str, int] = field(default_factory=dict)
    hopeless: set[str] = field(default_factory=set)


def make_big_site(pages: int, *, seed: int = 1, attempts: int = 3, hangs: bool = False) -> BigSite:
    """Make a site of ``pages`` pages in a tree with cross links, and remember every fault in it.

    With ``hangs`` one URL is never answered. To get past it the checker needs a short timeout, and on a busy
    machine that hits other pages too, which are then asked for again: such a site is for looking at what is
    found, not at the server's log.
    """
    rng = random.Random(seed)
    server = BadServer()
    site = BigSite(server, set(), pages, 0, 0)
    names = ["index.html", *(f"d{number % 7}/p{number:04}.html" for number in range(1, pages))]
    faults: dict[int, list[tuple[str, str]]] = {number: [] for number in range(pages)}

    def fault(link: str, reason: str, path: str | None = None, times: int = 1) -> None:
        """Put a link with this result on a random page."""
        faults[rng.randrange(pages)].append((link, reason))
        if path is not None:
            site.paths.add(path)
            site.attempts[path] = times
            if times > 1:
                site.hopeless.add(path)

    for number in range(pages // 20):
        fault(f"/gone/{number}.html", "not found", f"/gone/{number}.html")
        fault(f"/{names[rng.randrange(1, pages)]}#no-{number}", "missing anchor")
    for number in range(4):
        path = f"/always-500/{number}"
        server.page(path, "down", status=500, headers={"retry-after": "0"})
        fault(path, "server error", path, attempts)
    server.page("/forbidden", "no", status=403)
    fault("/forbidden", "forbidden", "/forbidden")
    if hangs:
        server.page("/hangs", "late", delay=3600)
        fault("/hangs", "timeout", "/hangs", attempts)
    for here, there in (
        ("/loop/a", "/loop/b"),
        ("/loop/b", "/loop/a"),
        ("/self", "/self"),
        ("/lost", "/gone/0.html"),
    ):
        server.page(here, status=302, headers={"location": there}, content_type="text/plain")
        site.paths.add(here)
    fault("/loop/a", "redirect loop")
    fault("/self", "redirect loop")
    fault("/lost", "not found")
    fault("/lost#x", "not found")
    fault("http://:bad/", "invalid link")
    fault("/logo.png?missing", "not found", "/logo.png?missing")
    # What is odd but fine.
    server.page("/moved", status=301, headers={"location": names[3]}, content_type="text/plain")
    server.page("/logo.png", "\x89PNG <a href=/not-a-link>", content_type="image/png")
    server.page("/style.css", "a {}", content_type="text/css")
    fine = [
        "/moved",
        f"/moved#s-{names[3][-9:-5]}",
        "/logo.png#x",
        "/style.css",
        "#top",
        "#",
        "",
        f"/{names[1]}#top",
    ]
    site.paths |= {"/moved", "/logo.png", "/style.css"}
    skipped = ["mailto:me@site.test", "tel:+1", "javascript:void(0)", "http://elsewhere.test/x"]

    for number, name in enumerate(names):
        path = f"/{name}" if number else "/"
        site.paths.add(path)
        others = [
            3 * number + 1,
            3 * number + 2,
            3 * number + 3,
            rng.randrange(1, pages),
            rng.randrange(1, pages),
        ]
        links = [(f"/{names[n]}#s-{n:04}" if n % 2 else f"/{names[n]}", "") for n in others if n < pages]
        links += [(rng.choice(fine), ""), *faults[number]]
        if number < 8:
            links.append((fine[number], ""))
        rng.shuffle(links)
        lines = [f"<!doctype html><title>{name}</title>", f'<h1 id="s-{number:04}">']
        for link, reason in links:
            lines += rng.choice([[], [""], ["<p>", "<b><i></b>"]])
            tag = (
                '<img src="{}">' if link.startswith(("/logo", "/style")) else '<a\n class="x" href="{}">x</a>'
            )
            if reason:
                site.expected.add((name, sum(line.count("\n") + 1 for line in lines) + 1, link, reason))
            lines.append(tag.format(link))
            site.links += 1
        lines.append(f'<a href="{rng.choice(skipped)}">')
        server.page(path, *lines, delay=0.05 if number % 25 == 1 else 0.0)
    # Some are busy at first, and say for how long in each of the ways there are.
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=-5), usegmt=True)
    for number, wait in enumerate(["0"] * 15 + ["1"] * 3 + [until] * 2 + ["nonsense"] * 2):
        path = f"/{names[(number + 1) * pages // 25]}"
        busy = Answer(b"busy", 503 if number % 4 else 429, headers={"retry-after": wait})
        server.answers[path].insert(0, busy)
        site.attempts[path] = 2
    site.urls = len(site.paths)
    return site


@pytest.fixture
def big_site() -> BigSite:
    return make_big_site(1000)


@pytest.fixture
def small_site() -> BigSite:
    return make_big_site(120)


@pytest.fixture
def site_that_hangs() -> BigSite:
    return make_big_site(60, hangs=True)
