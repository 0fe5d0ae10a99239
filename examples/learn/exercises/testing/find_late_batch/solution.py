"""Marbles that see nothing.

A trickle, a pause, an end with a batch half full, and more than three at once.
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
        values = {"X": ["a", "b"], "Y": ["c"], "Z": ["a", "b", "c"], "W": ["d"]}
        # The trickle: "b" does not move the deadline of "a". What is left comes with the end.
        await check_marbles("a-b-c|", operator, "---X-(Y|)", values=values)
        await check_marbles("(abcd)------|", operator, "Z--W---|", values=values)

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
    try:
        check_batches(careless_batches)
    except AssertionError:
        print("the careless operator does not pass the test")


if __name__ == "__main__":
    main()
