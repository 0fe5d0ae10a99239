"""Operators that are right and operators that are wrong: does the learner's test tell them apart?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from examples.learn.bench import Theirs
from trio_patterns.streams import Stream, stream

Batches = Stream[Any]


def right(items: Stream[str]) -> Batches:
    """Right."""
    return items.chunks(3, within=3)


def right_too(items: Stream[str]) -> Batches:
    """Right, with a step more."""
    return items.map(str).chunks(3, within=3).map(list)


def no_clock(items: Stream[str]) -> Batches:
    """Wrong: a batch may wait for ever."""
    return items.chunks(3)


def debounced(items: Stream[str]) -> Batches:
    """Wrong: each item sets the clock back."""
    batch: list[str] = []

    async def add(item: str) -> None:
        batch.append(item)

    async def taken() -> AsyncGenerator[list[str], None]:
        batch.clear()
        async with aclosing(_ticks()) as ticks:
            async for _ in ticks:
                given, batch[:] = list(batch), []
                if given:
                    yield given

    async def _ticks() -> AsyncGenerator[str, None]:
        async with items.on_each(add).debounce(3).open() as source:
            async for item in source:
                yield item

    return stream(taken)


def loses_the_last(items: Stream[str]) -> Batches:
    """Wrong: what is left at the end is dropped."""

    async def batches() -> AsyncGenerator[list[str], None]:
        ended = False

        async def watched() -> AsyncGenerator[str, None]:
            nonlocal ended
            async with items.open() as source:
                async for item in source:
                    yield item
            ended = True

        async with stream(watched).chunks(3, within=3).open() as source:
            async for batch in source:
                if len(batch) == 3 or not ended:
                    yield batch

    return stream(batches)


def too_large(items: Stream[str]) -> Batches:
    """Wrong: only the clock makes a batch."""
    return items.chunks(100, within=3)


RIGHT = {"that is right": right, "that is right and has a step more": right_too}
WRONG = {
    "that knows no time": no_clock,
    "that counts 3 s from the last item": debounced,
    "that loses the last batch": loses_the_last,
    "that makes batches of more than three": too_large,
}


def check(theirs: Theirs) -> Iterator[str]:
    check_batches = theirs.get("check_batches")
    for what, operator in RIGHT.items():
        try:
            check_batches(operator)
        except AssertionError as error:
            told = str(error).replace("\n", "\n  ")
            yield f"Your test fails for an operator {what}. It says: {told}"
            return
    for what, operator in WRONG.items():
        try:
            check_batches(operator)
        except AssertionError:
            continue
        yield f"Your test passes for an operator {what}."
