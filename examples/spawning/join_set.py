"""A join set: twelve pages from a server that takes four connections at a time.

Two pages are broken. Each result comes as soon as it is there, with its url, and a failure is one line of the
report. Compare with join_set_broken.

Notice: never more than four connections, and 10 of 12 pages although two fail.
Run: python -m examples join_set
Page: docs/patterns/spawning/join-set.md
"""

from __future__ import annotations

import trio

from trio_patterns.spawning import open_join_set

URLS = [f"/page/{number}" for number in range(12)]
BROKEN = {"/page/3", "/page/7"}


class Server:
    """Takes four connections; whoever comes fifth is refused."""

    def __init__(self) -> None:
        self.connections = self.peak = self.refused = 0

    async def get(self, url: str) -> str:
        if self.connections == 4:
            self.refused += 1
            raise ConnectionRefusedError(f"{url}: too many connections")
        self.connections += 1
        self.peak = max(self.peak, self.connections)
        try:
            # Every page takes a different time, so the order of the results is not that of the urls.
            await trio.sleep(0.1 + 0.037 * (URLS.index(url) * 5 % 12))
            if url in BROKEN:
                raise ValueError(f"{url}: 500")
            return f"<html>{url}</html>"
        finally:
            self.connections -= 1


async def main() -> None:
    server = Server()
    pages: dict[str, str] = {}
    failures: list[str] = []
    async with open_join_set(limit=4) as tasks:
        for url in URLS:
            # Never blocks: eight of these wait for their turn. The name is the key to the result.
            tasks.spawn(server.get, url, name=url)
        async for handle in tasks:
            if error := handle.exception():
                failures.append(str(error))
            else:
                pages[handle.name] = handle.result()
            if len(pages) + len(failures) <= 3:
                print(f"{handle.name} is there, {len(tasks)} to come")
    print(f"pages: {len(pages)} of {len(URLS)}, in order of arrival from {next(iter(pages))}")
    print(f"failures: {', '.join(failures)}")
    print(f"peak: {server.peak} connections, {server.refused} refused")


if __name__ == "__main__":
    trio.run(main)
