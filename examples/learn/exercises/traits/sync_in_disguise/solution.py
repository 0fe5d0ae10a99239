"""The store that is only almost a store.

Each method checks for a cancellation, does its work, and yields; `implements` compares it with the interface.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

import trio
from trio.testing import MockClock

from trio_patterns.traits import implements


@runtime_checkable
class Store(Protocol):
    async def put(self, key: str, value: str) -> None: ...

    async def get(self, key: str) -> str | None: ...

    async def remove(self, key: str) -> bool: ...

    def keys(self) -> AsyncIterator[str]: ...


@implements(Store)
class MemoryStore:
    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    async def put(self, key: str, value: str) -> None:
        await trio.lowlevel.checkpoint()
        self._values[key] = value

    async def get(self, key: str) -> str | None:
        await trio.lowlevel.checkpoint()
        return self._values.get(key)

    async def remove(self, key: str) -> bool:
        await trio.lowlevel.checkpoint()
        return self._values.pop(key, None) is not None

    async def keys(self) -> AsyncIterator[str]:
        await trio.lowlevel.checkpoint()
        for key in sorted(self._values):
            yield key


async def main() -> None:
    store = MemoryStore()
    print("isinstance says", isinstance(store, Store))
    await store.put("ann", "1")
    print("get:", await store.get("ann"))
    try:
        await store.remove("ann")
    except TypeError as error:
        print("remove:", error)
    try:
        async for key in store.keys():
            print("key:", key)
    except TypeError as error:
        print("keys:", error)


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
