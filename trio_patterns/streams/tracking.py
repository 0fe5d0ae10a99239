"""The operators that keep track of what passes: its number, its sum, its repeats, its failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import outcome

from .._core.arguments import check_fn, check_int, check_seconds
from . import plain_steps
from .base import StreamBase
from .calling import as_async
from .outcomes import to_outcomes
from .progress import StreamProgress, report_progress

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["Tracking"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Tracking(StreamBase[T_co]):
    """Operators that remember something from item to item; part of `Stream`."""

    __slots__ = ()

    def enumerate(self, start: int = 0) -> Stream[tuple[int, T_co]]:
        """Pair each item with its number: ``(start, item)``, ``(start + 1, item)``, and so on."""
        if type(start) is bool or not isinstance(start, int):
            raise TypeError(f"start must be an int, got {start!r}")
        return self._then(plain_steps.enumerate_items(self, start))

    def scan(self, fn: Callable[[U, T_co], Awaitable[U] | U], initial: U) -> Stream[U]:
        """Replace each item by what is folded up to there: ``fn(accumulator, item)``, from ``initial``.

        `reduce` that tells every step on the way. ``initial`` itself is not emitted, so there are as many
        results as items.

        Args:
          fn: A plain or async function of the accumulator and one item that gives the next accumulator.
          initial: The accumulator for the first item. Each run starts with this very object: an ``fn`` that
            changes it in place changes it for the next run too.

        Returns:
          A stream of the accumulators. Where `outcomes` below takes the failure of ``fn``, the accumulator
          stays what it was.

        Source:
          ``itertools.accumulate``; Rust's ``scan`` folds into a state and emits something else.
        """
        check_fn("fn", fn)
        return self._then(plain_steps.scan(self, fn, initial))

    def distinct(self, key: Callable[[T_co], Awaitable[object] | object] | None = None) -> Stream[T_co]:
        """Leave out each item that equals the one before it.

        Only neighbours are compared, so an item may come again later, and nothing but one is remembered.

        Args:
          key: A plain or async function of one item; items are equal if what it gives is. None: the items
            themselves are compared.

        Returns:
          The first item of each group of neighbours, as of `itertools.groupby`.

        Source:
          ``distinctUntilChanged`` of Kotlin's Flow, ``dedup`` of Rust's ``Vec``.
        """
        if key is not None:
            check_fn("key", key)
        return self._then(plain_steps.distinct(self, key))

    def outcomes(self) -> Stream[outcome.Value[T_co] | outcome.Error]:
        """Turn failures into values: an item becomes an ``outcome.Value``, a failure an ``outcome.Error``.

        The failure of one item in a step above that calls a function with it (`map`, `filter`, `scan` and
        so on) takes the place of that item and the stream goes on; the failure of the source is the last
        outcome. Call ``unwrap()`` on an outcome to get the item or the exception.

        Between that step and this one, most steps pass the failure on: those that call a function too,
        `enumerate`, `take`, `skip`, `take_until`, `progress`, `timeout`, `buffer` (where it takes the room of
        an item, and is dropped like one), `throttle` (which does not delay it), `flat_map`, `merge` and
        `chain`. `take` and the others that count do not count it.

        In front of a step that makes one item of several or chooses between them there is no place for it:
        `chunks`, `zip`, `zip_latest`, `debounce`, `sample`, `broadcast` and `partition` end with the first
        failure from above, so put `outcomes` in front of them.

        Returns:
          A stream that raises no error of the steps above it. `trio.Cancelled`, `KeyboardInterrupt` and
          `SystemExit` are never turned into values.

        Cost:
          One object for each item.

        Source:
          Rust's streams of ``Result``.
        """
        return self._then(to_outcomes(self))

    def progress(
        self,
        report: Callable[[StreamProgress], Awaitable[object] | object],
        *,
        every: float = 1.0,
        total: int | None = None,
    ) -> Stream[T_co]:
        """Call ``report`` with a `StreamProgress` while items pass, and once more at the end.

        Args:
          report: A plain or async function of a `StreamProgress`; what it raises ends the stream.
          every: Seconds between two reports at least, >= 0. Zero reports each item.
          total: How many items there will be, >= 0, if that is known.

        Returns:
          The same items, each counted when the steps below are done with it.

        Cancellation:
          A stream that fails or is cancelled makes no last report.

        Cost:
          A look at the clock for each item.
        """
        check_fn("report", report)
        every = check_seconds("every", every)
        if total is not None:
            check_int("total", total, minimum=0)
        return self._then(report_progress(self, as_async(report), every, total))
