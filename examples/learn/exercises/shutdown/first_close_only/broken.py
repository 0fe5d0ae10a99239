"""The first failure leaves the rest open.

At the end three connections are closed, each of which takes 2 s to flush.
The second one fails while it closes; another day, one of them never ends.

Mend `close_all`: every connection is told to close, at once.
What has not closed after 5 s is cancelled, and its name is returned, sorted.
Errors of closing are raised at the end, as one error or as a group, when all others have closed.

Before you run it: how many connections are closed, and when?
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import trio
from trio.testing import MockClock


class Connection(Protocol):
    name: str

    async def aclose(self) -> None: ...


async def close_all(connections: Iterable[Connection]) -> list[str]:
    for connection in connections:
        await connection.aclose()
    return []


class Database:
    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error

    async def aclose(self) -> None:
        await trio.sleep(2)
        if self.error is not None:
            print(f"t={trio.current_time():.1f} {self.name} fails")
            raise self.error
        print(f"t={trio.current_time():.1f} {self.name} is closed")


async def main() -> None:
    connections = [Database("orders"), Database("users", OSError("disk full")), Database("stock")]
    try:
        await close_all(connections)
    except* OSError as group:
        print(f"t={trio.current_time():.1f} close_all raised {group.exceptions}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
