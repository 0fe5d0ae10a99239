"""``stream_operator_contract``: what every step of a stream promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core.arguments import check_callable, check_int
from ...streams import Stream
from .base import Contract, build_suite
from .stream_operator_endings import Endings
from .stream_operator_runs import Runs

__all__ = ["stream_operator_contract"]


class StreamOperatorContract(Endings, Runs):
    """What every step of a stream promises."""


def stream_operator_contract(
    build: Callable[[Stream[Any]], Stream[Any]],
    *,
    item: Callable[[int], Any] = int,
    ahead: int | None = 32,
    keeps_failures: bool = False,
    max_points: int | None = None,
) -> type[Contract]:
    """Return the tests of a stream operator of your own: a chain of steps, or any function of a stream.

    What it computes is for tests of your own. These say how it behaves: nothing happens before it is run, it
    may be run again, a consumer that waits holds the source back, and the source is closed on every way out,
    a cancellation at any point among them.

    Synopsis::

        def pairs(source):
            return source.chunks(2).filter(lambda batch: len(batch) == 2)

        TestPairs = stream_operator_contract(pairs)

        TestParse = stream_operator_contract(
            lambda lines: lines.map(parse, limit=4),
            item=lambda n: f"line {n}",
        )

    An operator that is an async generator with ``async with source.open()`` around its ``yield`` fails: the
    block would be left in another task than it was entered in. Make operators of steps.

    Without pytest:

    >>> from trio_patterns.testing import stream_operator_contract
    >>> for case in stream_operator_contract(lambda s: s.chunks(2).map(sum)).cases():
    ...     case()

    Args:
      build: The operator: called with a stream, it returns one.
      item: Makes the n-th item of the source, if the operator needs other ones than 0, 1, 2.
      ahead: Items that may be pulled while the consumer is busy with one, int >= 0: what you promise, buffers
        and limits added up. None: no bound, for an operator that drops what comes too fast.
      keeps_failures: True if it makes values of failures, as ``Stream.outcomes`` does: then a failure of the
        source must come as an item that has it as ``error``.
      max_points: Points at which a case is cancelled at most, int >= 1; None tries all.

    Returns:
      A `Contract`, to be given a name that begins with ``Test``.

    Raises:
      TypeError: if ``build`` or ``item`` is not callable.
      ValueError: if ``ahead`` is below 0 or ``max_points`` below 1.

    Cost:
      15 cases, 0.3 to 1 s. Time is virtual, so an operator that needs a thread must be given something else
      for the test, such as an executor that runs its calls at once.

    See Also:
      `trio_patterns.streams.Stream`, `check_marbles` for what comes in which second.
    """
    check_callable("build", build, "a function of a stream")
    check_callable("item", item, "a function that makes an item")
    if ahead is not None:
        check_int("ahead", ahead, minimum=0)
    return build_suite(
        StreamOperatorContract,
        "StreamOperatorContract",
        without=() if ahead is not None else ("test_it_pulls_a_bounded_number_of_items_ahead",),
        build=build,
        item=item,
        ahead=ahead,
        keeps_failures=keeps_failures,
        max_points=max_points,
    )
