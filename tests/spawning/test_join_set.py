"""Join sets: tasks fail one by one and are collected as they end."""

from __future__ import annotations

import pytest
import trio

from trio_patterns.spawning import open_join_set


async def sleep_then(seconds: float, value: object) -> object:
    await trio.sleep(seconds)
    if isinstance(value, BaseException):
        raise value
    return value


async def test_handles_come_in_completion_order(autojump_clock):
    async with open_join_set() as tasks:
        for seconds in (3, 1, 2):
            tasks.spawn(sleep_then, seconds, seconds)
        assert len(tasks) == 3
        assert [handle.result() async for handle in tasks] == [1, 2, 3]
        assert len(tasks) == 0
        assert await tasks.join_next() is None
        assert trio.current_time() == 3


async def test_a_failure_does_not_touch_siblings(autojump_clock):
    async with open_join_set() as tasks:
        tasks.spawn(sleep_then, 1, ValueError("no"))
        tasks.spawn(sleep_then, 2, "yes")
        first = await tasks.join_next()
        second = await tasks.join_next()
    assert isinstance(first.exception(), ValueError)
    assert second.result() == "yes"


async def test_an_uncollected_failure_is_raised_at_the_end(autojump_clock):
    with pytest.raises(ValueError, match="no"):
        async with open_join_set() as tasks:
            tasks.spawn(sleep_then, 1, ValueError("no"))
            tasks.spawn(sleep_then, 2, "yes")
    assert trio.current_time() == 2
