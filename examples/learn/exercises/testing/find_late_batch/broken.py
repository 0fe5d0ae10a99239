"""Marbles that see nothing.

An operator collects items: a batch has three of them, or is 3 s old, counted from its first item.
This test gives it three items in the same second, and most operators pass.

Mend `check_batches`: it passes for an operator that is right.
It raises an AssertionError for one that forgets the time, or counts it from the last item, or loses the
last batch, or makes batches of more than three.
You may call `check_marbles` more than once; one character is one second.

Before you run it: what would an operator without any clock make of "a---b|"?
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import trio
from trio.testing import MockClock

from trio_patterns.streams import Stream, stream
from trio_patterns.testing import check_marbles

Operator = Callable[[Stream[str]], Stream[list[str]]]


def check_batches(operator: Operator) -> None:
    async def test() -> None:
        await check_marbles("(abc|)", operator, "(X|)", values={"X": ["a", "b", "c"]})

    trio.run(test, clock=MockClock(autojump_threshold=0))


def careless_batches(items: Stream[str]) -> Stream[list[str]]:
    async def batches() -> AsyncGenerator[list[str], None]:
        batch: list[str] = []
        async with items.open() as source:
            async for item in source:
                batch.append(item)
                if len(batch) == 3:
                    yield batch
                    batch = []

    return stream(batches)


def main() -> None:
    check_batches(careless_batches)
    print("the careless operator passes the test")


if __name__ == "__main__":
    main()
