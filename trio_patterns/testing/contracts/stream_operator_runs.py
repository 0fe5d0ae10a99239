"""The cases of `stream_operator_contract` about its runs: cold, again, at once, not too far ahead."""

from __future__ import annotations

from typing import Any

import trio

from ...streams import Stream
from .base import broken, ensure
from .stream_operator_cases import N, SourceFailure, StreamOperatorCases, alike

__all__ = ["Runs"]

#: A source that never ends, as far as anybody waits.
ENDLESS = 1_000_000
#: Items of one that has more than any buffer, and a time in which it could give all of them.
PLENTY, LONG = 500, 10_000.0
#: When it is cancelled, and how many more items it may then give: a budget of 128 for each of a few tasks.
CANCELLED_AT, RESPITE = 1000, 2000


class Runs(StreamOperatorCases):
    """What a run gives."""

    def test_describing_it_starts_nothing(self) -> None:
        """Outside of a run of trio too: it makes a `Stream`, and opens no source before that is run."""
        tap = self.tap()
        built = self.built(tap, N)
        ensure(isinstance(built, Stream), "an operator gives a Stream", repr(built))
        ensure(tap.opened == 0, "describing a stream opens no source")

    def test_it_may_be_run_again(self) -> None:
        """Each run opens the source afresh, and gives the same."""

        async def case() -> None:
            tap = self.tap()
            built = self.built(tap, N)
            first = await built.collect()
            second = await built.collect()
            ensure(alike(first, second), "a second run gives the same items", f"first {first}, then {second}")
            ensure(tap.opened == 2 or not tap.opened, "each run opens the source once", f"{tap.opened} in 2")
            tap.check_closed()

        self._run(case)

    def test_two_runs_at_once_share_nothing(self) -> None:
        """No state in the description."""

        async def case() -> None:
            built = self.built(self.tap(), N, 1.0)
            alone = await built.collect()
            found: list[list[Any]] = []

            async def run() -> None:
                found.append(await built.collect())

            async with trio.open_nursery() as nursery:
                nursery.start_soon(run)
                await trio.sleep(0.5)
                nursery.start_soon(run)
            ensure(
                all(alike(each, alone) for each in found),
                "two runs at once give what one gives alone",
                f"alone {alone}, together {found}",
            )

        self._run(case)

    def test_in_every_order_of_tasks_the_same_items_come(self) -> None:
        """And the end; a standstill would be reported with who waits for whom."""
        results: list[list[Any]] = []

        async def case() -> None:
            results.append(await self.built(self.tap(), N, None).collect())
            ensure(
                alike(results[0], results[-1]),
                "in every order of tasks the same items come",
                f"{results[0]}, then {results[-1]}",
            )

        self._explore(case)

    def test_an_empty_source_is_no_error(self) -> None:
        """It ends."""

        async def case() -> None:
            tap = self.tap()
            await self.built(tap, 0).collect()
            tap.check_closed()

        self._run(case)

    def test_a_failure_of_the_source_arrives(self) -> None:
        """As itself, before the first item or after the last; as a value, if it makes such of failures."""

        async def case() -> None:
            for n, gap in ((0, 0.0), (N, 0.0), (N, 1.0)):
                tap = self.tap()
                error = SourceFailure(f"after {n} items")
                raised: BaseException | None = None
                items: list[Any] = []
                try:
                    items = await self.built(tap, n, gap, error).collect()
                except Exception as exc:
                    raised = exc
                tap.check_closed()
                if not tap.failed:
                    continue  # the operator needed no more of it
                if self.keeps_failures:
                    kept = any(getattr(item, "error", None) is error for item in items)
                    ensure(kept, "a failure of the source comes as an item with it as .error", items)
                else:
                    ensure(raised is error, "a failure of the source arrives as itself", f"got {raised!r}")

        self._run(case)

    def test_it_pulls_a_bounded_number_of_items_ahead(self) -> None:
        """A consumer that stops for a while stops the source too."""
        ahead = self.ahead or 0
        promise = f"while the consumer is busy with one item, at most {ahead} are pulled ahead of it"

        async def case() -> None:
            for gap in (0.0, 1.0):
                tap = self.tap()
                async with self.built(tap, PLENTY + ahead, gap).open() as items:
                    async for _ in items:
                        pulled = tap.pulled
                        await trio.sleep(LONG)
                        ensure(tap.pulled - pulled <= ahead, promise, f"{tap.pulled - pulled} were")
                        break

        self._run(case)

    def test_a_source_that_never_ends_can_be_cancelled(self) -> None:
        """Also if each of its items is ready at once: somewhere on the way is a checkpoint, now and then."""

        async def case() -> None:
            tap = self.tap()

            def stop(number: int) -> None:
                if number == CANCELLED_AT:
                    scope.cancel(reason="enough")
                if number > CANCELLED_AT + RESPITE:
                    raise broken(promise, f"{number - CANCELLED_AT} items later it was still running")

            promise = f"a cancellation ends a source that is always ready within {RESPITE} items"
            tap.on_pull = stop
            with trio.CancelScope() as scope:
                await self.built(tap, ENDLESS).drain()
                ensure(tap.pulled <= CANCELLED_AT, "a cancellation goes on to who runs the stream")
            tap.check_closed()

        self._run(case)
