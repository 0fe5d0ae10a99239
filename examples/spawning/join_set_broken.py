"""A task per url and a list of results, as it is often written first.

The same twelve pages from the same server that takes four connections.

Notice: eight refused at once; the first error ends the rest, and not one page can be told from another.
Run: python -m examples join_set_broken
Page: docs/patterns/spawning/join-set.md
"""

from __future__ import annotations

import trio

URLS = [f"/page/{number}" for number in range(12)]
BROKEN = {"/page/3", "/page/7"}


class Server:
    """Takes so many connections; whoever comes then is refused."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.connections = self.peak = self.refused = 0

    async def get(self, url: str) -> str:
        if self.connections == self.places:
            self.refused += 1
            raise ConnectionRefusedError("too many connections")
        self.connections += 1
        self.peak = max(self.peak, self.connections)
        try:
            await trio.sleep(0.1 + 0.037 * (URLS.index(url) * 5 % 12))
            if url in BROKEN:
                raise ValueError("500")
            return "<html>...</html>"
        finally:
            self.connections -= 1


async def crawl(server: Server) -> None:
    pages: list[str] = []

    async def fetch(url: str) -> None:
        pages.append(await server.get(url))  # BUG: which page is this?

    try:
        async with trio.open_nursery() as nursery:
            for url in URLS:
                # BUG: no bound, and one failure cancels all the others
                nursery.start_soon(fetch, url, name=url)
    except* (OSError, ValueError) as group:
        print(f"ended by {len(group.exceptions)} x {group.exceptions[0]!r}")
    print(f"pages: {len(pages)} of {len(URLS)}, urls lost: {len(pages)}")
    print(f"peak: {server.peak} connections, {server.refused} refused")


async def main() -> None:
    print("a server that takes 4 connections:")
    await crawl(Server(places=4))
    print("a server that takes any number:")
    await crawl(Server(places=12))


if __name__ == "__main__":
    trio.run(main)
