"""A cleanup of the source that fails when a step with a limit is left early: the failure is not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from trio_patterns.streams import Stream, stream


async def source() -> AsyncIterator[int]:
    try:
        for item in range(100):
            await trio.sleep(1)
            yield item
    finally:
        raise KeyError("cleanup")


async def slowly(item: int) -> int:
    await trio.sleep(1)
    return item


STEPS = {
    "ordered": lambda s: s.map(slowly, 3),
    "unordered": lambda s: s.map(slowly, 3, ordered=False),
    "flat": lambda s: s.map(slowly, 3).flat_map(lambda item: [item]),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_of_a_stream_that_is_left_by_break(step, autojump_clock) -> None:
    described: Stream[int] = step(stream(source))
    with pytest.raises(KeyError, match="cleanup"):
        async with described.open() as items:
            async for item in items:
                assert item == 0
                break


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_of_a_stream_whose_body_fails(step, autojump_clock) -> None:
    described: Stream[int] = step(stream(source))
    with pytest.RaisesGroup(
        pytest.RaisesExc(LookupError, match="body"), pytest.RaisesExc(KeyError, match="cleanup")
    ):
        async with described.open() as items:
            async for _ in items:
                raise LookupError("body")


async def test_of_a_stream_that_is_cancelled(autojump_clock) -> None:
    with trio.move_on_after(2.5), pytest.raises(KeyError, match="cleanup"):
        await stream(source).map(slowly, 3).drain()


async def test_beside_a_failure_below(autojump_clock) -> None:
    """Both are told, as a group: the step below fails, and so does the cleanup that this leads to."""

    def fail(item: int) -> None:
        raise LookupError("below")

    with pytest.RaisesGroup(LookupError, KeyError):
        await stream(source).map(slowly, 3).for_each(fail)
