"""``chain`` and ``flat_map``: each stream starts with the caller's context variables."""

from __future__ import annotations

from contextvars import ContextVar

import pytest
import trio

from trio_patterns.streams import stream

current = ContextVar("current", default="nobody")


def mark(item: int) -> str:
    before = current.get()
    current.set(f"item {item}")
    return before


async def mark_slowly(item: int) -> str:
    before = mark(item)
    await trio.lowlevel.checkpoint()
    return before


@pytest.mark.parametrize("fn", [mark, mark_slowly])
async def test_behind_a_stream_that_was_stopped_in_the_middle(fn) -> None:
    described = stream(range(9)).take(2).chain(stream([7]).take(1), [8, 9])
    assert await described.map(fn).collect() == ["nobody"] * 5
    assert await stream([1, 2]).flat_map(lambda _: described).map(fn).collect() == ["nobody"] * 10
    assert await stream([1, 2]).flat_map(lambda _: described, limit=2).map(fn).collect() == ["nobody"] * 10
    assert current.get() == "nobody"


@pytest.mark.parametrize("limit", [1, 2])
async def test_what_makes_the_inner_streams_sets_it_for_these_only(limit: int) -> None:
    before: list[str] = []

    def inner(item: int) -> list[int]:
        before.append(mark(item))
        return [item] * (item % 3)

    seen = await stream(range(9)).flat_map(inner, limit).map(lambda item: (item, current.get())).collect()
    assert before == ["nobody"] * 9
    assert all(value == f"item {item}" for item, value in seen)
