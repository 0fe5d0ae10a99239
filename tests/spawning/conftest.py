"""Helpers of the spawning tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

SleepThen = Callable[[float, object], Awaitable[Any]]


@pytest.fixture
def sleep_then() -> SleepThen:
    """An async function that sleeps, then raises what it was given if that is an exception, or returns it."""

    async def sleep_then(seconds: float, value: object = None) -> object:
        await trio.sleep(seconds)
        if isinstance(value, BaseException):
            raise value
        return value

    return sleep_then


@pytest.fixture
def fail_in_cleanup() -> Callable[[BaseException], Awaitable[None]]:
    """An async function that sleeps until it is cancelled, then raises what it was given."""

    async def fail_in_cleanup(exc: BaseException) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise exc

    return fail_in_cleanup


@pytest.fixture
def clean_up_for() -> Callable[[float, list[Any], object], Awaitable[None]]:
    """An async function that sleeps until it is cancelled, then takes its time to clean up."""

    async def clean_up_for(seconds: float, log: list[Any], entry: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(deadline=trio.current_time() + seconds, shield=True):
                await trio.sleep(seconds / 2)
            log.append(entry)

    return clean_up_for
