"""One answer for one URL, in spite of rate limits, busy servers and lost connections.

`HttpFetcher` shows what belongs inside one attempt, and what around all of them:

* each attempt takes a permit from its host's `RateLimiter`: a retry is one more request to the same host;
* each attempt has its own timeout, which starts when the permit is there: waiting in line is not the server's
  fault;
* the policy around them decides what is worth another attempt, and listens when the server says how long to
  wait.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx  # noqa: ASYNC127
import trio

from trio_patterns.backpressure import RateLimiter
from trio_patterns.retry import Attempt, RetryPolicy, retry
from trio_patterns.shutdown import CancellationToken
from trio_patterns.traits import implements

from .fetcher import Answer, Counts, Fetcher, NoAnswer, ShuttingDown, is_html
from .retry_after import read_retry_after
from .urls import host_key

__all__ = ["HttpFetcher", "open_http_fetcher"]

#: A page above this size is not read to its end, and counts as something else than a page. No page made for
#: people comes near it; a log file that calls itself HTML does.
MAX_PAGE_BYTES = 16 * 2**20

#: The rest of a short answer is read although nobody wants it: that costs less than a new connection.
WORTH_DRAINING_BYTES = 64 * 1024

#: Seconds between attempts: after the first one, and the longest that a server may ask for. One that wants to
#: be left alone for longer is, for the whole run: coming back earlier would be rude, and waiting would hold
#: up a worker.
FIRST_DELAY, LONGEST_DELAY = 0.25, 30.0

#: Requests a second: politeness towards others, and hardly a limit for what runs on this machine.
POLITE_RATE, LOOPBACK_RATE = 20.0, 1000.0
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class _Busy(Exception):  # noqa: N818
    """An answer that may be another one soon: 429, or 5xx. Never leaves this module."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


@implements(Fetcher)
class HttpFetcher:
    """A `Fetcher` on httpx. Open one with `open_http_fetcher`, which closes its connections again."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        token: CancellationToken,
        *,
        rate: float | None = None,
        timeout: float = 10.0,
        attempts: int = 4,
        counts: Counts | None = None,
    ) -> None:
        self._client = client
        # Once cancelled, no new request is made; what is on the wire may end. So a shutdown takes as long as
        # an answer takes, and not as long as a queue at a rate limiter.
        self._token = token
        self._rate = rate
        self._timeout = timeout
        self.counts = counts or Counts()
        # One limiter for each host and not one for all: a slow host must not hold the others back.
        self._limiters: dict[str, RateLimiter] = {}
        self._policy = RetryPolicy(
            on=_may_pass,
            attempts=attempts,
            base_delay=FIRST_DELAY,
            max_delay=LONGEST_DELAY,
            retry_after=_wanted_delay,
            on_retry=self._count_retry,
        )

    async def fetch(self, url: str, *, as_page: bool) -> Answer:
        """Return the final answer for ``url``."""
        try:
            if as_page:
                return await retry(self._attempt, "GET", url, True, policy=self._policy)
            # The question is only whether the document is there. Not every server answers HEAD, or answers it
            # like GET, so only a good answer counts; it is not worth a retry, because GET is one.
            try:
                answer = await self._attempt("HEAD", url, False)
            except (_Busy, trio.TooSlowError, httpx.TransportError):
                pass
            else:
                if answer.status < 400:
                    return answer
            return await retry(self._attempt, "GET", url, False, policy=self._policy)
        except _Busy as exc:
            return exc.answer
        except trio.TooSlowError:
            raise NoAnswer("timeout", f"no answer within {self._timeout:g} s") from None
        except httpx.TransportError as exc:
            raise NoAnswer("connection failed", str(exc) or type(exc).__name__) from exc
        except (httpx.InvalidURL, UnicodeError) as exc:
            # Of the client's own opinion, or of the name resolver's (a label of more than 63 characters).
            raise NoAnswer("invalid link", str(exc)) from exc
        except httpx.RequestError as exc:
            raise NoAnswer("unreadable answer", str(exc)) from exc

    async def _attempt(self, method: str, url: str, as_page: bool) -> Answer:
        if not await self._token.run_until_cancelled(self._permit, url, default=False):
            raise ShuttingDown
        with trio.fail_after(self._timeout):
            self.counts.requests += 1
            async with self._client.stream(method, url) as response:
                answer = await _read(response, as_page=as_page)
        if answer.status == 429 or answer.status >= 500:
            raise _Busy(answer)
        return answer

    async def _permit(self, url: str) -> bool:
        host = host_key(url)
        limiter = self._limiters.get(host)
        if limiter is None:
            rate = self._rate or (LOOPBACK_RATE if _is_loopback(host) else POLITE_RATE)
            limiter = self._limiters[host] = RateLimiter(rate)
        await limiter.acquire()
        return True

    def _count_retry(self, attempt: Attempt) -> None:
        self.counts.retries += 1


@asynccontextmanager
async def open_http_fetcher(
    token: CancellationToken,
    *,
    connections: int,
    rate: float | None = None,
    timeout: float = 10.0,
    attempts: int = 4,
    counts: Counts | None = None,
) -> AsyncGenerator[HttpFetcher]:
    """Give a fetcher with as many connections as there will be workers, so that none waits for one.

    Args:
      token: Cancelled when no further request shall be made.
      connections: How many requests will be made at once.
      rate: Requests per second to one host; None for a polite rate, and a high one on this machine.
      timeout: Seconds for each attempt.
      attempts: Requests for one URL at most.
      counts: Where to count; several fetchers may share it.
    """
    async with httpx.AsyncClient(
        # No timeouts of its own: those run on the machine's clock and know nothing of attempts.
        timeout=None,
        # Every URL is asked for once, and a redirect is a link to another one: see the crawler.
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        # As browsers do: whatever proxy the environment names, this machine is not behind it.
        mounts={f"all://{host}": None for host in LOOPBACK},
        headers={
            "user-agent": "sitecheck/1.0 (trio_patterns example)",
            "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
        },
    ) as client:
        yield HttpFetcher(client, token, rate=rate, timeout=timeout, attempts=attempts, counts=counts)


async def _read(response: httpx.Response, *, as_page: bool) -> Answer:
    content_type, charset = _content_type(response)
    body: bytes | None = None
    # The body of an error page holds links too, but they are nobody's to mend who gets a list of broken
    # links.
    if as_page and response.is_success and (is_html(content_type) or not content_type):
        body = await _page(response)
        if not content_type and body is not None:
            if body.lstrip().lower().startswith((b"<!doctype html", b"<html")):
                content_type = "text/html"  # the server doesn't say, so the browser looks
            else:
                body = None
    elif response.request.method != "HEAD" and _is_short(response):
        await response.aread()
    # Else the connection is closed with the response. A video is not downloaded to learn that it exists.
    return Answer(
        response.status_code,
        response.headers.get("location") if 300 <= response.status_code < 400 else None,
        content_type,
        charset,
        body,
        read_retry_after(response.headers.get("retry-after", ""), response.headers.get("date", "")),
    )


def _content_type(response: httpx.Response) -> tuple[str, str | None]:
    """Return the type, in lower case and without parameters, and the encoding if it is named."""
    named: str = response.headers.get("content-type", "")
    return named.partition(";")[0].strip().lower(), response.charset_encoding


async def _page(response: httpx.Response) -> bytes | None:
    """Return the body, or None if it is no page by its size."""
    body = bytearray()
    with trio.CancelScope() as scope:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MAX_PAGE_BYTES:
                # And not `break`: httpx reads through several async generators, one inside the other, and
                # leaving the outer one leaves the inner ones to the garbage collector. An exception ends all.
                scope.cancel()
    return bytes(body) if len(body) <= MAX_PAGE_BYTES else None


def _is_short(response: httpx.Response) -> bool:
    length = response.headers.get("content-length", "")
    return length.isdecimal() and int(length) <= WORTH_DRAINING_BYTES


def _may_pass(error: Exception) -> bool:
    """Tell whether another attempt is worth it."""
    if isinstance(error, _Busy):
        return (error.answer.retry_after or 0.0) <= LONGEST_DELAY
    return isinstance(error, trio.TooSlowError | httpx.TransportError)


def _wanted_delay(error: Exception) -> float | None:
    return error.answer.retry_after if isinstance(error, _Busy) else None


def _is_loopback(host: str) -> bool:
    return host.rpartition(":")[0] in LOOPBACK or host in LOOPBACK
