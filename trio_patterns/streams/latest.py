"""The latest item, emitted when its time has come: ``debounce`` and ``sample``.

One item is kept, which a later one replaces. One task emits it, so the source is never held back, and sleeps
at most until the item is due when the sleep begins. A later item does not wake it: it finds the new time when
it wakes by itself and sleeps on, so an item costs an assignment and a look at the clock.

trio wakes tasks whose time comes at the same moment in any order. The results here do not depend on it: an
item that comes at the very moment at which the one before it is due does not replace that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar, cast, final

import trio

from .._core.context import ItemContext
from .._core.groups import open_unwrapping_nursery
from .base import StreamBase
from .engine import Emit, OnError, Run, WaitSlot, settle

__all__ = ["debounced", "sampled"]

T = TypeVar("T")


class Timing(Protocol):
    """When an item is due."""

    def due(self, arrival: float) -> float:
        """Tell when an item that came at ``arrival`` is due."""
        ...

    def chance(self, now: float) -> float:
        """Tell when, from ``now`` on, an item that was due before can be emitted."""
        ...


@final
class _QuietFor:
    """Due after some seconds without a later item, or as soon as possible after that."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def due(self, arrival: float) -> float:
        return arrival + self._seconds

    def chance(self, now: float) -> float:
        return now


@final
class _Periods:
    """Due at the next multiple of a period; multiples that have passed are left out."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._start = trio.current_time()

    def due(self, arrival: float) -> float:
        tick = self._first_from(arrival)
        due = self._start + tick * self._period
        return due if due > arrival else self._start + (tick + 1) * self._period

    def chance(self, now: float) -> float:
        return self._start + self._first_from(now) * self._period

    def _first_from(self, now: float) -> float:
        tick = -((self._start - now) // self._period)
        # Rounding can take a moment that is a tick, as it is reckoned here, for one just after it.
        return tick - 1 if self._start + (tick - 1) * self._period >= now else tick


@final
class _Latest(Generic[T]):
    """At most one item that waits for its time, and one whose time has come and that must not be replaced."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._item: T = cast("T", None)
        self._full = False
        self._settled: list[T] = []
        self._settled_at = 0.0
        self._ended = False
        self._nap = trio.CancelScope()
        self._due = 0.0
        # The emitting task waits here while there is no item.
        self._empty = WaitSlot()

    def put(self, item: T) -> None:
        """Keep ``item``; it replaces the one before, unless the time of that has come."""
        now = trio.current_time()
        if self._full and now >= self._due:
            self._settled = [self._item]
            self._settled_at = now
        self._item = item
        self._due = self._timing.due(now)
        if not self._full:
            self._full = True
            if self._empty.task is not None:
                self._empty.wake()

    def emitted(self) -> None:
        """Forget what has missed its time while the steps below were busy."""
        now = trio.current_time()
        chance = self._timing.chance(now)
        if self._settled and (self._settled_at < now or chance > now):
            self._settled = []
        if self._full and self._due < now:
            self._due = chance

    async def next(self) -> T:
        """Wait for an item whose time has come; `StopAsyncIteration` when the source has ended."""
        while not self._ended:
            if self._settled:
                return self._settled.pop()
            if not self._full:
                await self._empty.wait()
            elif trio.current_time() < self._due:
                with trio.CancelScope() as self._nap:
                    await trio.sleep_until(self._due)
            else:
                self._full = False
                return self._item
        raise StopAsyncIteration

    def end(self) -> None:
        """Let `next` stop."""
        self._ended = True
        self._nap.cancel()
        self._empty.wake()

    def rest(self) -> Iterator[T]:
        """Give what has not been emitted."""
        yield from self._settled
        if self._full:
            yield self._item


def debounced(upstream: StreamBase[T], seconds: float) -> Run[T]:
    """Emit an item when no other has come for ``seconds``."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        await _emit_latest(upstream, emit, _QuietFor(seconds))

    return run


def sampled(upstream: StreamBase[T], period: float) -> Run[T]:
    """Emit the latest item at ``period``, ``2 * period``, ... seconds, if there is a new one."""

    async def run(emit: Emit[T], on_error: OnError | None) -> None:
        await _emit_latest(upstream, emit, _Periods(period))

    return run


async def _emit_latest(upstream: StreamBase[T], emit: Emit[T], timing: Timing) -> None:
    latest: _Latest[T] = _Latest(timing)
    upstream_scope = trio.CancelScope()
    emitter_ended = trio.Event()
    stopped = False

    def step(item: T) -> bool:
        latest.put(item)
        return stopped

    async def emit_when_due() -> None:
        nonlocal stopped
        context = ItemContext()
        while True:
            try:
                item = await latest.next()
            except StopAsyncIteration:
                break
            if await settle(emit(item)):
                stopped = True
                upstream_scope.cancel(reason="nothing more is wanted")
                break
            latest.emitted()
            if context.changed():
                await context.restore()
        emitter_ended.set()

    async def emit_rest() -> None:
        # The emitter ends by itself: it may be in the middle of emitting the item before.
        latest.end()
        await emitter_ended.wait()
        if stopped:
            return
        context = ItemContext()
        for item in latest.rest():
            if await settle(emit(item)):
                return
            if context.changed():
                await context.restore()

    async with open_unwrapping_nursery() as nursery:
        nursery.start_soon(emit_when_due)
        try:
            with upstream_scope:
                await upstream._run(step, None)
        except Exception:
            # What came before the source's error is emitted before it.
            await emit_rest()  # noqa: ASYNC120 - a cancellation takes precedence
            raise
        await emit_rest()
