"""The first failure leaves the rest open.

A task for each, errors kept, and one deadline around them all.
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
    errors: list[Exception] = []
    still_open: set[str] = set()

    async def close(connection: Connection) -> None:
        try:
            await connection.aclose()
        except Exception as error:
            errors.append(error)
        still_open.discard(connection.name)

    with trio.move_on_after(5):
        async with trio.open_nursery() as nursery:
            for connection in connections:
                still_open.add(connection.name)
                nursery.start_soon(close, connection)
    if errors:
        raise ExceptionGroup("not all connections could be closed", errors)
    return sorted(still_open)


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
