"""Stands in until `trio_patterns.streams` is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeAlias, TypeVar

__all__ = ["Stream", "stream"]

E = TypeVar("E")
Stream: TypeAlias = AsyncIterator[E]


def stream(fn: Callable[[], AsyncGenerator[E, None]]) -> Stream[E]:
    """Return the generator itself."""
    return fn()
