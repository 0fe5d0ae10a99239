"""An interface that is looked at by name only.

A shop charges three customers and files a receipt for each. The archive was checked against its
interface with isinstance, and that said yes; but its `save` has lost an `async` and renamed a parameter.

Notice: isinstance says True, and the mistake shows at the first call, when the card is already charged.
Run: python -m examples implements_broken
Page: docs/patterns/traits/implements.md
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import trio


@runtime_checkable
class Archive(Protocol):
    async def save(self, receipt: str, *, folder: str = "2026") -> None: ...


class FileArchive:  # BUG: isinstance compares it with Archive by the names of its methods alone
    def __init__(self) -> None:
        self.receipts: list[str] = []

    def save(self, text: str, *, folder: str = "2026") -> None:
        self.receipts.append(f"{folder}/{text}")


async def checkout(customer: str, charged: list[str], archive: Archive) -> None:
    charged.append(customer)
    await archive.save(f"receipt of {customer}", folder="december")


async def main() -> None:
    archive = FileArchive()
    print(f"isinstance(archive, Archive): {isinstance(archive, Archive)}")

    charged: list[str] = []
    completed = 0
    for customer in ("Ann", "Bob", "Zoe"):
        try:
            await checkout(customer, charged, archive)  # type: ignore[arg-type]
        except TypeError as error:
            print(f"{customer}: {error}")
        else:
            completed += 1
    print(f"customers charged: {len(charged)}, checkouts completed: {completed}")


if __name__ == "__main__":
    trio.run(main)
