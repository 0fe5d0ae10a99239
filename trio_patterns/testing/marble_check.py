"""``check_marbles``: what goes in, what is done to it, and what must come out, each as a string or a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, overload

import trio
from trio.testing import MockClock

from .._core.arguments import check_sync_fn
from ..streams import Stream
from .marble_report import Event, Expectation, compare
from .marble_source import MarbleError, Turns, marble_stream
from .marbles import END, FAILURE, Marbles, is_item, parse

__all__ = ["check_marbles"]

#: How long a stream is watched after all strings are over, in seconds: that nothing more happens.
MARGIN = 10
#: A stream that emits so many items more than expected is stopped: it may do so without any time passing.
SURPLUS = 1000
#: Times nearer than this to a whole second are that second: sums of floats are not exact.
TOLERANCE = 1e-6

# Spelled out so that type checkers know what the parameters of a lambda are.
Build2: TypeAlias = Callable[[Stream[Any], Stream[Any]], Stream[object]]
Build3: TypeAlias = Callable[[Stream[Any], Stream[Any], Stream[Any]], Stream[object]]


@overload
async def check_marbles(
    source: str,
    build: Callable[[Stream[Any]], Stream[object]],
    expected: str,
    *,
    values: Mapping[str, object] | None = None,
    error: Exception | type[Exception] | None = None,
) -> None: ...


@overload
async def check_marbles(
    source: list[str] | tuple[str, ...],
    build: Build2 | Build3 | Callable[..., Stream[object]],
    expected: str,
    *,
    values: Mapping[str, object] | None = None,
    error: Exception | type[Exception] | None = None,
) -> None: ...


async def check_marbles(
    source: str | Sequence[str],
    build: Callable[..., Stream[object]],
    expected: str,
    *,
    values: Mapping[str, object] | None = None,
    error: Exception | type[Exception] | None = None,
) -> None:
    """Check what a stream emits and when, both written as marble strings.

    A character is a second of virtual time: ``-`` is silence, ``|`` the end, ``#`` a failure, anything else
    an item. ``(ab)`` is several events in one second, in this order, and takes one second however wide it
    is. A string without ``|`` or ``#`` does not end: in a source, silence follows; as the expected result it
    says that nothing more happens.

    Synopsis::

        async def test_debounce(autojump_clock):
            await check_marbles("ab--c|", lambda s: s.debounce(2), "---b-(c|)")

    Args:
      source: A marble string, or a sequence of them. Each becomes a cold stream, whose seconds count from
        the start of its run. An item that the steps below hold back comes as soon as it can.
      build: A function of that stream, or of that many streams, that returns the stream to check.
      expected: What that stream must do, as a marble string.
      values: What characters stand for, in the sources and in ``expected``: ``{"X": ["a", "b"]}``. One that
        is not in it stands for itself, a digit too.
      error: What ``#`` stands for. An exception: sources raise it, and it must come out itself. A type:
        sources raise one of it, and an instance must come out. None: sources raise a `MarbleError`, which
        must come out itself; if no source fails, any exception will do.

    Returns:
      Nothing; it passes or raises.

    Raises:
      MarbleFailure: if the stream does something else. The message has the strings one above the other and
        names each second that differs.
      ValueError: if a string is not in the notation, or ``values`` has a key that can't stand for an item.
      TypeError: for any other bad argument, or if ``build`` returns no stream.
      RuntimeError: if time is not virtual. Use pytest-trio's ``autojump_clock``, or
        ``trio.run(..., clock=trio.testing.MockClock(autojump_threshold=0))``.

    Cancellation:
      The streams are cancelled and awaited. Nobody sees them afterwards.

    Ordering:
      Within one second, what falls due comes before what arrives: first the operators' timers, then the
      sources in the order given, each event when the one before it has come to rest. So a window of two
      seconds does not contain the item that comes at its end. Two timers of one second have no order.

    Cost:
      No real time. A stream is watched for 10 seconds after all strings are over, then stopped; an endless
      result is stopped too. Threads do not know the virtual clock: an operator that uses them can't be
      checked like this.

    Source:
      RxJS's marble tests and swift-async-algorithms' AsyncSequenceValidation. There a wide group takes as
      many frames as characters (RxJS); here it is one second, so that strings are read by counting groups.
    """
    sources = [parse(text, name) for name, text in _named_sources(source)]
    check_sync_fn("build", build)
    wanted = parse(expected, "expected")
    values = _check_values(values)
    error, accepted = _errors(error, sources)
    _check_clock()
    turns = Turns()
    streams = [marble_stream(marbles, values, error, turns, place) for place, marbles in enumerate(sources)]
    built: object = build(*streams)
    if not isinstance(built, Stream):
        raise TypeError(f"build must return a Stream, but {build!r} returned {built!r}")
    # One source may run after another (`chain`), so their lengths add up.
    until = sum(marbles.seconds for marbles in [*sources, wanted]) + MARGIN
    events = await _observe(built, until, len(wanted.events) + SURPLUS)
    compare(sources, Expectation(wanted, values, accepted), events, until)


def _named_sources(source: str | Sequence[str]) -> list[tuple[str, str]]:
    if isinstance(source, str):
        return [("source", source)]
    if not isinstance(source, Sequence):
        raise TypeError(f"source must be a marble string or a sequence of them, got {source!r}")
    if not source:
        raise ValueError(f"source must have at least one marble string, got {source!r}")
    return [(f"source[{index}]", text) for index, text in enumerate(source)]


def _check_values(values: Mapping[str, object] | None) -> Mapping[str, object]:
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise TypeError(f"values must be a mapping of characters, got {values!r}")
    for key in values:
        if not is_item(key):
            raise ValueError(f"values must have characters that stand for items as keys, got {key!r}")
    return values


def _errors(error: object, sources: Sequence[Marbles]) -> tuple[Exception, Exception | type[Exception]]:
    """Return what sources raise and what is accepted as the result's failure."""
    if isinstance(error, Exception):
        return error, error
    raised = MarbleError("a '#' in a marble string")
    if error is None:
        return raised, raised if any(marbles.fails for marbles in sources) else Exception
    if not isinstance(error, type) or not issubclass(error, Exception):
        raise TypeError(f"error must be an exception, a type of exception or None, got {error!r}")
    if any(marbles.fails for marbles in sources):
        return error("a '#' in a marble string"), error
    return raised, error


def _check_clock() -> None:
    clock = trio.lowlevel.current_clock()
    if not (isinstance(clock, MockClock) and clock.rate == 0 and clock.autojump_threshold < math.inf):
        raise RuntimeError(
            f"check_marbles needs virtual time that jumps, and this run's clock is {clock!r}: "
            f"use pytest-trio's autojump_clock fixture, "
            f"or trio.run(..., clock=trio.testing.MockClock(autojump_threshold=0))"
        )


async def _observe(built: Stream[object], until: float, most: int) -> list[Event]:
    """Run ``built`` and note what comes, until it is over, time is up, or it has emitted ``most`` items."""
    start = trio.current_time()
    events: list[Event] = []

    def note(sign: str, value: object = None) -> None:
        passed = trio.current_time() - start
        whole = round(passed)
        events.append(Event(whole if abs(passed - whole) < TOLERANCE else passed, sign, value))

    # Between two seconds, so that it is no tie with anything.
    with trio.move_on_at(start + until + 0.5) as scope:  # noqa: ASYNC912 - a sink is a checkpoint

        def take(item: object) -> None:
            note("", item)
            if len(events) >= most:
                scope.cancel(reason="more items than anybody expects")

        try:
            await built.for_each(take)
        except Exception as exc:
            note(FAILURE, exc)
        else:
            note(END)
    return events
