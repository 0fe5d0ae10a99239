"""``Stream.open``: a stream runs in a task beside a block that takes its items one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Generic, TypeVar, final

import trio

from .._core.groups import UnwrappingNursery, open_unwrapping_nursery
from .engine import Run
from .handoff import Handoff

__all__ = ["OpenedStream", "StreamOpener"]

T_co = TypeVar("T_co", covariant=True)


@final
class OpenedStream(AsyncIterator[T_co]):
    """The items of a running stream, one after the other; `Stream.open` gives it."""

    def __init__(self, handoff: Handoff[T_co]) -> None:
        self._get = handoff.get

    def __aiter__(self) -> OpenedStream[T_co]:
        return self

    def __anext__(self) -> Coroutine[Any, Any, T_co]:
        # Not `async def`: a coroutine around a coroutine would cost each item 70 ns.
        return self._get()


@final
class StreamOpener(Generic[T_co]):
    """What `Stream.open` returns: an async context manager that runs the stream in a task beside the body."""

    def __init__(self, run: Run[T_co], ahead: int) -> None:
        self._run = run
        # Half empty is soon enough to let the stream go on: it then makes several items in one turn.
        self._handoff: Handoff[T_co] = Handoff(ahead, resume_at=ahead // 2, most=2 * ahead)
        self._manager: UnwrappingNursery | None = None
        self._scope = trio.CancelScope()

    async def __aenter__(self) -> OpenedStream[T_co]:
        if self._manager is not None:
            raise RuntimeError("what open() returns can be entered only once: call open() again")
        self._manager = open_unwrapping_nursery()
        nursery = await self._manager.__aenter__()
        nursery.start_soon(self._produce)
        return OpenedStream(self._handoff)

    async def _produce(self) -> None:
        handoff = self._handoff
        with self._scope:
            try:
                await self._run(handoff.put, None)
            except Exception as exc:
                if handoff.abandoned:
                    raise  # from closing the source
                # What came before the failure is delivered before it. If the consumer stops earlier, the
                # failure has never come to pass for it, as with a loop over the same items.
                await handoff.drained()  # noqa: ASYNC120 - who is cancelled has no use for it
                if handoff.deserted():
                    return
                if not handoff.awaited:
                    raise  # the body is at work on the item before: the nursery cancels it
                handoff.close(exc)
            else:
                handoff.close()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        assert self._manager is not None
        if not self._handoff.abandon():
            self._scope.cancel(reason="the block that opened the stream has ended")
        return await self._manager.__aexit__(exc_type, exc, traceback)  # noqa: ASYNC102 - a nursery's exit
