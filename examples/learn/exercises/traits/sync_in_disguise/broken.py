"""The store that is only almost a store.

`Store` is the interface, and `MemoryStore` is the one for tests: there is nothing to wait for in a
dictionary.
All tests use `put` and `get`, and pass; `isinstance` agrees.
The one call of `remove` is in the code that runs once a month.

Mend `MemoryStore`: every method can be used as the interface says.
Each lets other tasks run, as the real store does, so that tests see the same races.
A call that is cancelled has changed nothing.

Before you run it: what does `isinstance` look at, with a protocol that is `runtime_checkable`?
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, runtime_checkable

import trio
from trio.testing import MockClock


@runtime_checkable
class Store(Protocol):
    async def put(self, key: str, value: str) -> None: ...

    async def get(self, key: str) -> str | None: ...

    async def remove(self, key: str) -> bool: ...

    def keys(self) -> AsyncIterator[str]: ...


class MemoryStore:
    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    async def put(self, key: str, value: str) -> None:
        self._values[key] = value
        await trio.lowlevel.checkpoint()

    async def get(self, key: str) -> str | None:
        return self._values.get(key)

    def remove(self, key: str) -> bool:
        return self._values.pop(key, None) is not None

    def keys(self) -> Iterator[str]:
        return iter(sorted(self._values))


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
