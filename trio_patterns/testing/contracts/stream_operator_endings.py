"""The cases of `stream_operator_contract` about its end: the source is closed on every way out."""

from __future__ import annotations

from typing import Any

import trio

from .base import ensure, raising
from .stream_operator_cases import N, SourceFailure, StreamOperatorCases, Tap

__all__ = ["Endings"]

_NOTHING: Any = object()


class Endings(StreamOperatorCases):
    """On every way out the source is closed, and it is waited for."""

    def test_it_closes_the_source_at_the_end(self) -> None:
        """Before the sink returns, however long the source's cleanup takes."""

        async def case() -> None:
            tap = self.tap()
            await self.built(tap, N, cleanup=_slow).collect()
            tap.check_closed()

        self._run(case)

    def test_it_closes_the_source_at_an_early_exit(self) -> None:
        """By ``break``, or when a sink wants no more; at once, and the source's cleanup is awaited."""

        async def case() -> None:
            for gap in (0.0, 1.0):
                tap = self.tap()
                async with self.built(tap, 1000, gap, cleanup=_slow).open() as items:
                    async for _ in items:
                        begun = trio.current_time()
                        break
                    else:
                        begun = trio.current_time()
                took = trio.current_time() - begun
                ensure(took <= 1.0, "an early exit waits for the source's cleanup only (1 s)", f"{took:g} s")
                tap.check_closed()
                await self.built(tap, 1000, gap, cleanup=_slow).first(default=None)
                tap.check_closed()

        self._run(case)

    def test_it_closes_the_source_when_the_consumer_fails(self) -> None:
        """The consumer's error comes out as itself, from the body and from a sink."""

        async def case() -> None:
            promise = "an error of the consumer comes out as itself"
            tap = self.tap()
            if await self.built(tap, 1000, cleanup=_slow).first(default=_NOTHING) is _NOTHING:
                return  # it gives no item, so the consumer can't fail at one
            with raising(LookupError, promise):
                async with self.built(tap, 1000, cleanup=_slow).open() as items:
                    _fail(await anext(aiter(items)))
            tap.check_closed()
            with raising(LookupError, promise):
                await self.built(tap, 1000, cleanup=_slow).for_each(_fail)
            tap.check_closed()

        self._run(case)

    def test_a_failure_of_the_sources_cleanup_is_raised(self) -> None:
        """After an early exit too: nothing fails in silence."""

        async def cleanup() -> None:  # noqa: ASYNC124 - a run of trio is needed
            raise SourceFailure("in the cleanup")

        async def case() -> None:
            promise = "a failure in the source's cleanup is raised after an early exit"
            with raising((SourceFailure, ExceptionGroup), f"{promise} by first()"):
                await self.built(self.tap(), 1000, 1.0, cleanup=cleanup).first(default=None)
            with raising((SourceFailure, ExceptionGroup), f"{promise} by break"):
                async with self.built(self.tap(), 1000, 1.0, cleanup=cleanup).open() as items:
                    async for _ in items:
                        break

        self._run(case)

    def test_it_closes_the_source_when_cancelled_at_any_point(self) -> None:
        """Cancelled at every point, with a source that is fast: nothing is left, nothing is swallowed."""
        self._cancelled(None)

    def test_it_closes_the_source_when_cancelled_while_it_waits(self) -> None:
        """The same with a source that takes a second for an item."""
        self._cancelled(1.0)

    def test_it_closes_the_source_when_a_wait_fails(self) -> None:
        """Each wait of a run fails once, wherever that is."""
        taps: list[Tap] = []

        async def program() -> None:
            taps[:] = [self.tap()]
            await self.built(taps[0], N, 1.0).for_each(_keep)

        self._sweep(program, lambda: taps[0].check_closed(), fault=SourceFailure)

    def _cancelled(self, gap: float | None) -> None:
        taps: list[Tap] = []

        async def program() -> None:
            taps[:] = [self.tap(), self.tap()]
            await self.built(taps[0], N, gap).for_each(_keep)
            async with self.built(taps[1], N, gap).open() as items:
                async for item in items:
                    await _keep(item)

        def check() -> None:
            for tap in taps:
                tap.check_closed()

        self._sweep(program, check)


async def _slow() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(1.0)


async def _keep(item: Any) -> None:
    await trio.lowlevel.checkpoint()


def _fail(item: object) -> None:
    raise LookupError("the consumer fails")
