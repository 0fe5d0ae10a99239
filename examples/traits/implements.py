"""An interface that is checked when the class is defined.

The archive of implements_broken gets one line more, `@implements(Archive)`. Its definition fails and
says everything that is wrong with it. The corrected class works.

Notice: the mistake shows before any customer is charged; in a program, when the module is imported.
Run: python -m examples implements
Page: docs/patterns/traits/implements.md
"""

from __future__ import annotations

from typing import Protocol

import trio

from trio_patterns.traits import implements


class Archive(Protocol):
    async def save(self, receipt: str, *, folder: str = "2026") -> None: ...


def define_wrong_class() -> None:
    # In a function only so that this script survives it. At the top of a module, where classes stand, the
    # import fails, and with it the first test that imports the module.
    @implements(Archive)
    class FileArchive:
        def save(self, text: str, *, folder: str = "2026") -> None: ...


@implements(Archive)
class FileArchive:
    def __init__(self) -> None:
        self.receipts: list[str] = []

    # More general than the interface is fine: `copies` has a default, so every call of the interface fits.
    async def save(self, receipt: str, *, folder: str = "2026", copies: int = 1) -> None:
        await trio.lowlevel.checkpoint()
        self.receipts += [f"{folder}/{receipt}"] * copies


async def checkout(customer: str, charged: list[str], archive: Archive) -> None:
    charged.append(customer)
    await archive.save(f"receipt of {customer}", folder="december")


async def main() -> None:
    try:
        define_wrong_class()
    except TypeError as error:
        print(str(error).replace("define_wrong_class.<locals>.", ""))

    archive = FileArchive()
    charged: list[str] = []
    completed = 0
    for customer in ("Ann", "Bob", "Zoe"):
        await checkout(customer, charged, archive)
        completed += 1
    print(f"customers charged: {len(charged)}, checkouts completed: {completed}")


if __name__ == "__main__":
    trio.run(main)
