"""A small web, made up: fifty pages, 0.2 s for each, and trouble where you ask for it.

Page n links to the start page and to pages 3n+1, 3n+2 and 3n+3.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass

import trio

__all__ = ["Answer", "Web"]


@dataclass(frozen=True)
class Answer:
    """What a server says: a status, and the links that stand on the page."""

    status: int
    links: tuple[str, ...] = ()


class Web:
    """One server with all pages; it counts what is asked of it."""

    def __init__(
        self,
        pages: int = 50,
        *,
        latency: float = 0.2,
        gone: Collection[str] = (),
        resets: Collection[str] = (),
        silent: Collection[str] = (),
        busy: Collection[str] = (),
        max_connections: float = math.inf,
        max_rate: float = math.inf,
    ) -> None:
        self.urls = ["/", *(f"/{n}" for n in range(1, pages))]
        self.latency = latency
        self.gone = gone
        """There is no such page: status 404."""
        self.resets = resets
        """The connection is lost after half the time."""
        self.silent = silent
        """The answer takes ten minutes."""
        self.busy = busy
        """Status 503 for the first two requests."""
        self.max_connections = max_connections
        """Whoever comes beyond this number is refused."""
        self.max_rate = max_rate
        """Whoever asks more often in a second has status 429 for an answer."""
        self.asked: Counter[str] = Counter()
        self.open = 0
        self.peak = 0
        """How many connections were open at once, at most."""
        self._recent: deque[float] = deque()

    @property
    def requests(self) -> int:
        return self.asked.total()

    async def get(self, url: str) -> Answer:
        self.asked[url] += 1
        self.open += 1
        self.peak = max(self.peak, self.open)
        try:
            if self.open > self.max_connections:
                await trio.sleep(self.latency / 4)
                raise ConnectionRefusedError("connection refused")
            if url in self.resets:
                await trio.sleep(self.latency / 2)
                raise ConnectionResetError("connection reset")
            too_often = self._too_often()
            await trio.sleep(600 if url in self.silent else self.latency)
        finally:
            self.open -= 1
        if too_often:
            return Answer(429)
        if url in self.gone or url not in self.urls:
            return Answer(404)
        if url in self.busy and self.asked[url] <= 2:
            return Answer(503)
        number = int(url[1:] or 0)
        below = [
            f"/{n}" for n in range(3 * number + 1, 3 * number + 4) if n < len(self.urls)
        ]
        return Answer(200, ("/", *below))

    def _too_often(self) -> bool:
        now = trio.current_time()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        self._recent.append(now)
        return len(self._recent) > self.max_rate
