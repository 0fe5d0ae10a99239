"""A task per url and a list of results, as it is often written first.

The same forty pages from the same server that takes four connections.

Notice: 36 refused at once; the first error ends the rest, and not one page can be told from another.
Run: python -m examples join_set_broken
Page: docs/patterns/spawning/
"""

from __future__ import annotations

import trio

URLS = [f"/page/{number}" for number in range(40)]
BROKEN = {"/page/7", "/page/20"}


class Server:
    """Takes four connections; whoever comes fifth is refused."""

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
            await trio.sleep(0.1 + 0.0137 * (URLS.index(url) * 17 % 40))
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
                nursery.start_soon(fetch, url)  # BUG: no bound, and one failure cancels all the others
    except* (OSError, ValueError) as group:
        print(f"ended by {len(group.exceptions)} x {group.exceptions[0]!r}")
    print(f"pages: {len(pages)} of {len(URLS)}, urls lost: {len(pages)}")
    print(f"peak: {server.peak} connections, {server.refused} refused")


async def main() -> None:
    print("a server that takes 4 connections:")
    await crawl(Server(places=4))
    print("a server that takes any number:")
    await crawl(Server(places=40))


if __name__ == "__main__":
    trio.run(main)
