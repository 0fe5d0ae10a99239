"""The rows that were read and never written.

The last batch is written when the source has failed; whatever leaves early gives back what it holds.
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
    error: Exception | None = None
    try:
        while error is None:
            try:
                batch.append(await anext(rows))
            except Exception as exc:  # StopAsyncIteration is the normal end
                error = exc
            if len(batch) == size or (batch and error is not None):
                await write(batch)
                batch = []
    finally:
        if batch:
            give_back(batch)
    if not isinstance(error, StopAsyncIteration):
        raise error


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
