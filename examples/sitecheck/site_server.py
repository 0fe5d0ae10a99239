"""A folder behind a real HTTP server, on a free port that only this machine can reach.

Checking a folder through HTTP rather than through the file system is the point: redirects, content types,
percent-encoded names and missing files behave as they will on the web. Hypercorn's trio worker is the server
and `StaticFiles` the application, an ASGI one of a hundred lines; nothing here knows that a link checker is
asking.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote, unquote

import hypercorn.trio
import trio
from hypercorn.config import Config

from trio_patterns.spawning import offload

__all__ = ["StaticFiles", "open_site_server", "serve_app"]

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

# Python's own table: what the operating system believes of ".js" must not decide what is a page.
_TYPES = mimetypes.MimeTypes()

#: Characters that would change the meaning of a path: on Windows, "c:" and "a\\b" are more than names.
_FORBIDDEN = frozenset("\0\\:" if os.name == "nt" else "\0")

#: A file goes out in pieces of this size, so a video costs no more memory than a page.
_PIECE = 64 * 1024


class StaticFiles:
    """An ASGI application that serves the files of ``root`` and nothing outside of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve(strict=True)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, send)

    async def _answer(self, scope: Any, send: Send) -> None:
        body_wanted = scope["method"] != "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            await _send_text(send, 405, "only GET and HEAD", [(b"allow", b"GET, HEAD")])
            return
        # The raw path, because a server that decodes for us must guess what to do with bytes that are no
        # UTF-8.
        raw = scope.get("raw_path", quote(scope["path"]).encode()).partition(b"?")[0]
        path = unquote(raw.decode("latin-1"), errors="surrogateescape")
        # File systems block: questions to them are asked in a thread.
        found = await offload(self._find, path)
        if found is None:
            await _send_text(send, 404, "no such file", with_body=body_wanted)
        elif found == "directory":
            # Relative links in the index are meant from inside the directory, so the browser must know it is
            # one.
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            await _send_text(
                send, 301, "a directory", [(b"location", raw + b"/" + query)], with_body=body_wanted
            )
        else:
            await _send_file(send, found, with_body=body_wanted)

    def _find(self, path: str) -> Path | Literal["directory"] | None:
        """Return what a decoded path names: a file, a directory whose slash is missing, or nothing."""
        segments = path.split("/")[1:]
        if any(part in ("..", ".") or not _FORBIDDEN.isdisjoint(part) for part in segments):
            return None
        try:
            file = self._root.joinpath(*segments).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):  # missing, too long, a loop of symbolic links
            return None
        if not file.is_relative_to(self._root):
            return None  # a symbolic link that leads out
        if path.endswith("/"):
            if not file.is_dir():
                return None
            # No listing when there is no index: it would make links work that lead nowhere on the real
            # server.
            file /= "index.html"
        elif file.is_dir():
            return "directory"
        return file if file.is_file() else None


async def _lifespan(receive: Receive, send: Send) -> None:
    """Take part in the start and stop of the server, which would complain otherwise."""
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})


async def _send_text(
    send: Send,
    status: int,
    text: str,
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    with_body: bool = True,
) -> None:
    body = text.encode() + b"\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})


async def _send_file(send: Send, file: Path, *, with_body: bool) -> None:
    # No charset: the page itself says what it is in, as it will have to on the real server.
    content_type = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    try:
        opened = await trio.open_file(file, "rb")
    except OSError:  # gone meanwhile, or not ours to read
        await _send_text(send, 403, "not readable", with_body=with_body)
        return
    async with opened:
        size = await opened.seek(0, 2)
        await opened.seek(0)
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while with_body and size > 0:
            # A file that grows while it is sent must not exceed the length that was announced.
            piece = await opened.read(min(_PIECE, size))
            if not piece:
                break
            size -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serve_app(app: Any) -> AsyncGenerator[str]:
    """Serve an ASGI application on a free loopback port; give its origin, like ``http://127.0.0.1:49152``."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None  # "Running on ...": a detail of ours that would stand between the user's lines
    config.keep_alive_timeout = 60  # connections are reused, even after a pause for a slow answer elsewhere
    config.graceful_timeout = 1.0
    stop = trio.Event()
    # hypercorn's types speak of WSGI too, with holes in them.
    serve = cast("Callable[..., Awaitable[None]]", hypercorn.trio.serve)
    async with trio.open_nursery() as nursery:
        # `start` returns once the port is bound, so a failure to bind is raised here, and not into a void.
        [address] = await nursery.start(partial(serve, app, config, shutdown_trigger=stop.wait))
        try:
            yield address.rstrip("/")
        finally:
            stop.set()


@asynccontextmanager
async def open_site_server(folder: Path) -> AsyncGenerator[str]:
    """Serve the files of ``folder``; give the origin of the site."""
    async with serve_app(StaticFiles(folder)) as address:
        yield address
