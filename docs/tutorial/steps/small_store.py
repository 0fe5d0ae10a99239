"""A store that keeps pages in memory, and takes its time for it, as a disk would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import trio
from trio_patterns.streams import Stream
from trio_patterns.traits import InMemoryRepository, Repository, implements

__all__ = ["Page", "SlowStore", "Store"]


@dataclass(frozen=True)
class Page:
    """What one visit has found out. It is a row of a table: its links are one text."""

    url: str
    verdict: str
    links: str = ""


#: What the program knows of its store: five methods, and nothing of what is behind them.
Store = Repository[str, Page]


@implements(Repository)
class SlowStore:
    """In memory, and slower by 0.1 s for each transaction."""

    def __init__(self) -> None:
        self._pages = InMemoryRepository(Page, key="url")
        self.transactions = 0

    async def find_by_id(self, key: str) -> Page | None:
        return await self._pages.find_by_id(key)

    async def save(self, entity: Page) -> None:
        await self.save_many([entity])

    async def save_many(self, entities: Iterable[Page]) -> None:
        await trio.sleep(0.1)
        await self._pages.save_many(entities)
        self.transactions += 1

    async def delete(self, key: str) -> bool:
        return await self._pages.delete(key)

    def all(self) -> Stream[Page]:
        return self._pages.all()
