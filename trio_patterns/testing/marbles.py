"""The marble notation: a string on one side, what happens in which second on the other. Nothing runs here.

One character is a second; `parse` gives the events and `render` writes them down again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, TypeGuard

__all__ = ["END", "FAILURE", "Marbles", "cells", "is_item", "parse", "render"]

#: Nothing happens in this second.
SILENCE: Final = "-"
#: The stream ends.
END: Final = "|"
#: The stream fails.
FAILURE: Final = "#"
OPEN: Final = "("
CLOSE: Final = ")"


@dataclass(frozen=True, slots=True)
class Marbles:
    """A marble string that has been read.

    Attributes:
      text: The string itself.
      events: What happens, in order: the second, from 0 on, and the character; `END` or `FAILURE` comes last.
      seconds: How many seconds the string covers.
    """

    text: str
    events: tuple[tuple[int, str], ...]
    seconds: int

    @property
    def ends(self) -> bool:
        """Whether the string says how the stream is over; if not, silence follows for ever."""
        return bool(self.events) and self.events[-1][1] in (END, FAILURE)

    @property
    def fails(self) -> bool:
        """Whether that is by a failure."""
        return bool(self.events) and self.events[-1][1] == FAILURE


def is_item(value: object) -> TypeGuard[str]:
    """Tell whether ``value`` is a character that may stand for an item: neither a sign nor white space."""
    return isinstance(value, str) and len(value) == 1 and value not in "-|#()" and not value.isspace()


def parse(text: str, name: str = "marbles") -> Marbles:
    """Read a marble string; ``name`` is what an error calls it."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a marble string, got {text!r}")

    def refuse(what: str, position: int) -> NoReturn:
        raise ValueError(f"{name} must be a marble string, but {text!r} has {what} at position {position}")

    if not text:
        raise ValueError(f"{name} must be a marble string of at least one second, got ''")
    events: list[tuple[int, str]] = []
    second = 0
    opened: int | None = None  # the position of the parenthesis that is open
    over: str | None = None
    for position, character in enumerate(text):
        if character == CLOSE:
            if opened is None:
                refuse("a ')' without its '('", position)
            if position == opened + 1:
                refuse("an empty group", opened)
            opened = None
            second += 1
            continue
        if over is not None:
            refuse(f"{character!r} after {over!r}, when all is over,", position)
        if character == OPEN:
            if opened is not None:
                refuse("a group inside a group", position)
            opened = position
            continue
        if character.isspace():
            refuse("white space (silence is '-')", position)
        if character == SILENCE:
            if opened is not None:
                refuse("silence inside a group, which is one second,", position)
        else:
            events.append((second, character))
            over = character if character in (END, FAILURE) else None
        if opened is None:
            second += 1
    if opened is not None:
        refuse("a '(' without its ')'", opened)
    return Marbles(text, tuple(events), second)


def cells(events: Iterable[tuple[int, str]], seconds: int = 0) -> list[str]:
    """Write each second down by itself: ``-``, a character, or a group; at least ``seconds`` of them."""
    found: list[list[str]] = [[] for _ in range(seconds)]
    for second, character in events:
        found.extend([] for _ in range(second + 1 - len(found)))
        found[second].append(character)
    return [_cell(characters) for characters in found]


def render(events: Iterable[tuple[int, str]], seconds: int = 0) -> str:
    """Write events down as a marble string of at least ``seconds`` seconds."""
    return "".join(cells(events, seconds))


def _cell(characters: Sequence[str]) -> str:
    if not characters:
        return SILENCE
    return characters[0] if len(characters) == 1 else f"{OPEN}{''.join(characters)}{CLOSE}"
