"""The rows that were read and never written.

Rows come from a partner, one a second, and are written in batches of three.
After the fifth row the connection breaks.

Mend `copy`: what has been read is written, also if the source ends or fails; then the source's error is
raised.
A cancelled `copy` does not write: it hands the rows that were read and not written to `give_back`, which
never waits.
A `write` happens completely, or, if it fails or is cancelled, not at all: its rows are given back as well.

Before you run it: how many of the five rows are written?
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import trio
from trio.testing import MockClock


async def copy(
    rows: AsyncIterator[int],
    write: Callable[[list[int]], Awaitable[None]],
    give_back: Callable[[list[int]], None],
    size: int = 3,
) -> None:
    batch: list[int] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == size:
            await write(batch)
            batch = []


class Partner:
    def __init__(self) -> None:
        self.read = 0

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        await trio.sleep(1)
        if self.read == 5:
            raise ConnectionError("reset by peer")
        self.read += 1
        return self.read


async def main() -> None:
    partner = Partner()
    written: list[int] = []

    async def write(batch: list[int]) -> None:
        await trio.sleep(0.5)
        written.extend(batch)

    try:
        await copy(partner, write, give_back=print)
    except ConnectionError as error:
        print(f"t={trio.current_time():.1f} {error}")
    print(f"rows read: {partner.read}, written: {written}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
