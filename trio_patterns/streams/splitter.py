"""The block in which one stream runs and several are made of it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Generic, TypeVar, final

import trio

from .._core.groups import UnwrappingNursery, open_unwrapping_nursery
from .base import StreamBase
from .engine import Emit
from .split import Split

__all__ = ["StreamSplitter"]

SidesT_co = TypeVar("SidesT_co", covariant=True)


@final
class StreamSplitter(Generic[SidesT_co]):
    """What `Stream.broadcast` and `Stream.partition` return: an async context manager that gives streams.

    The source runs in a task that the block owns. It starts when the first of the streams is run.
    """

    def __init__(
        self, upstream: StreamBase[Any], emit: Emit[Any], split: Split[Any], sides: SidesT_co
    ) -> None:
        self._upstream = upstream
        self._emit = emit
        self._split = split
        self._sides = sides
        self._manager: UnwrappingNursery | None = None
        self._nursery: trio.Nursery

    async def __aenter__(self) -> SidesT_co:
        name = self._split.name
        if self._manager is not None:
            raise RuntimeError(f"what {name}() returns can be entered only once: call {name}() again")
        self._manager = open_unwrapping_nursery()
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._produce)
        return self._sides

    async def _produce(self) -> None:
        try:
            await self._split.produce(self._upstream._run, self._emit)
        finally:
            if not self._split.started:
                await self._upstream._abandon()  # noqa: ASYNC102 - no shield, as where a run closes its source

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        assert self._manager is not None
        self._split.close()
        # In a task, so that the nursery joins it with what else has failed.
        self._nursery.start_soon(self._split.raise_uncollected)
        return await self._manager.__aexit__(exc_type, exc, traceback)  # noqa: ASYNC102 - a nursery's exit
