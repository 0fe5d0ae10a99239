"""What came out of a stream, compared with what its marble string says, and the difference in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from .marbles import END, FAILURE, Marbles, cells, is_item

__all__ = ["Event", "Expectation", "MarbleFailure", "compare"]

#: How many differing seconds a failure describes one by one.
DESCRIBED = 8


class MarbleFailure(AssertionError):  # noqa: N818
    """A stream did something else than its marble string says; `check_marbles` raises it.

    Attributes:
      expected: The marble string that was asked for.
      result: What came, as a marble string; ``?`` is an item that no character stands for.
      second: The first second in which they differ.
    """

    def __init__(self, message: str, *, expected: str, result: str, second: int) -> None:
        super().__init__(message)
        self.expected = expected
        self.result = result
        self.second = second


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came out of the stream: when, ``END`` or ``FAILURE`` or ``""`` for an item, and it."""

    time: float
    sign: str
    value: object = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is to come: the marbles, what their characters stand for, and which failure ``#`` is."""

    marbles: Marbles
    values: Mapping[str, Any]
    error: Exception | type[Exception]

    def meets(self, wanted: tuple[int, str], event: Event) -> bool:
        """Tell whether ``event`` is the one that is wanted, at its time."""
        second, character = wanted
        if event.time != second:
            return False
        if event.sign or not is_item(character):
            return event.sign == character and (event.sign != FAILURE or self._is_the_error(event.value))
        return bool(self.values.get(character, character) == event.value)

    def character(self, event: Event) -> str:
        """Choose a character for what came; ``?`` if none stands for it."""
        if event.sign:
            return event.sign
        for character, value in self.values.items():
            if value == event.value:
                return character
        value = event.value
        return value if is_item(value) and value not in self.values else "?"

    def _is_the_error(self, value: object) -> bool:
        return isinstance(value, self.error) if isinstance(self.error, type) else value is self.error


def compare(
    sources: Sequence[Marbles], expectation: Expectation, events: Sequence[Event], until: int
) -> None:
    """Raise `MarbleFailure` unless ``events``, all until second ``until``, are what is expected."""
    wanted = expectation.marbles.events
    met = 0
    while met < min(len(wanted), len(events)) and expectation.meets(wanted[met], events[met]):
        met += 1
    if met == len(wanted) == len(events):
        return
    second = min([pair[0] for pair in wanted[met : met + 1]] + [int(e.time) for e in events[met : met + 1]])
    characters = [expectation.character(event) for event in events]
    happened = [(int(event.time), char) for event, char in zip(events, characters, strict=True)]
    result = cells(happened, 0 if events and events[-1].sign else expectation.marbles.seconds)
    lines = [f"the stream does something else from second {second} on", ""]
    lines += _side_by_side(sources, expectation.marbles, result, second)
    lines += ["", *_differences(expectation, events, second, until)]
    failure = MarbleFailure(
        "\n".join(lines), expected=expectation.marbles.text, result="".join(result), second=second
    )
    raised = [event.value for event in events if event.sign == FAILURE]
    raise failure from (raised[0] if raised and isinstance(raised[0], Exception) else None)


def _side_by_side(
    sources: Sequence[Marbles], expected: Marbles, result: Sequence[str], second: int
) -> list[str]:
    """Write all strings one above the other, second above second, and a mark below."""
    names = ["source"] if len(sources) == 1 else [f"source {n}" for n in range(1, len(sources) + 1)]
    names += ["expected", "result"]
    rows = [cells(source.events, source.seconds) for source in sources]
    rows += [cells(expected.events, expected.seconds), list(result)]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    margin = max(map(len, names)) + 4
    lines: list[str] = []
    for name, row in zip(names, rows, strict=True):
        padded = "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"  {name}".ljust(margin) + padded.rstrip())
    return [*lines, " " * (margin + sum(widths[:second])) + "^"]


def _differences(expectation: Expectation, events: Sequence[Event], first: int, until: int) -> list[str]:
    """Say in words, for each second that differs, what was expected and what came."""
    wanted = expectation.marbles.events
    seconds = sorted({s for s, _ in wanted if s >= first} | {int(e.time) for e in events if e.time >= first})
    lines: list[str] = []
    for second in seconds:
        due = [pair for pair in wanted if pair[0] == second]
        came = [event for event in events if int(event.time) == second]
        if len(due) != len(came) or not all(map(expectation.meets, due, came)):
            expected = " ".join(_wanted(expectation, character) for _, character in due)
            got = " ".join(_came(expectation, event) for event in came)
            lines.append(f"second {second}: expected {expected or 'nothing'}, got {got or 'nothing'}")
    if len(lines) > DESCRIBED:
        lines[DESCRIBED:] = [f"... and {len(lines) - DESCRIBED} more seconds"]
    if not (events and events[-1].sign):
        lines.append(f"it had not ended when it was stopped, after {until} seconds")
    return lines


def _wanted(expectation: Expectation, character: str) -> str:
    if character == END:
        return "the end"
    if character == FAILURE:
        error = expectation.error
        return error.__name__ if isinstance(error, type) else repr(error)
    return _named(expectation, character, expectation.values.get(character, character))


def _came(expectation: Expectation, event: Event) -> str:
    if event.sign == END:
        text = "the end"
    elif event.sign == FAILURE:
        text = repr(event.value)
    else:
        text = _named(expectation, expectation.character(event), event.value)
    return text if event.time == int(event.time) else f"{text} (at {event.time:g} s)"


def _named(expectation: Expectation, character: str, value: object) -> str:
    return f"{character}={value!r}" if character in expectation.values else repr(value)
