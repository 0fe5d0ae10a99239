"""A ``{marble}`` block as a picture: timelines above, the expression in a box, the result's timeline below.

Coordinates are whole numbers and nothing is random, so one block always gives one picture. Colours are
classes; `_static/custom.css` says what they are in light and dark.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import Any

from marble_block import Block

from trio_patterns.testing.marbles import END, FAILURE, Marbles

SECOND = 44  # pixels
RADIUS = 15
STACK = 36  # from one item to the next of the same second
COLOURS = 7
CHARACTER = 9  # the width of one in the box and in the labels, about
LONGEST_LABEL = 4
#: Below this share of its natural size a picture scrolls instead of shrinking further.
SMALLEST = 0.85


def label(block: Block, character: str) -> str:
    """Return what stands in the circle: the character, or its value if that is short."""
    if character not in block.values:
        return character
    text = _flat(block.values[character])
    return text if 0 < len(text) <= LONGEST_LABEL else character


def _flat(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(map(_flat, value))
    return str(value)


def caption(block: Block) -> list[str]:
    """Return the definitions that the picture does not show by itself."""
    return [
        f"{name} = {text}"
        for name, text in block.where
        if name not in ("#", "digits") and (name not in block.values or label(block, name) == name)
    ]


def words(block: Block) -> str:
    """Say in words what the picture shows."""
    sources = " ".join(f"{name}: {_happens(block, marbles)}." for name, marbles in block.sources.items())
    return f"Marble diagram. {sources} {block.expression} gives {_happens(block, block.expected)}."


def _happens(block: Block, marbles: Marbles) -> str:
    signs = {END: "the end", FAILURE: "a failure"}
    parts = []
    for second, events in groupby(marbles.events, key=lambda event: event[0]):
        names = [signs.get(char) or label(block, char) for _, char in events]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        parts.append(f"{listed} at second {second}" if not parts else f"{listed} at {second}")
    return ", ".join(parts if marbles.ends else [*parts, "nothing more"])


def _colours(block: Block) -> dict[str, int]:
    """Give each character of the sources a colour, and those of the result that are the same item theirs."""
    colours: dict[str, int] = {}
    for marbles in block.sources.values():
        for _, char in marbles.events:
            if char not in (END, FAILURE):
                colours.setdefault(char, len(colours) % COLOURS + 1)
    for _, char in block.expected.events:
        shown = label(block, char)
        for same in (shown, shown.swapcase(), char.swapcase()):
            if char not in colours and same in colours:
                colours[char] = colours[same]
    return colours


def _wrap(expression: str, room: int) -> list[str]:
    """Break an expression before its method calls, where it is longer than ``room`` characters."""
    lines = [""]
    for part in re.split(r"(?<=\))(?=\.)", expression):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("  ")
        lines[-1] += part
    return lines


def draw(block: Block) -> str:
    """Return the picture as an ``<svg>`` element."""
    seconds = max(marbles.seconds for marbles in [*block.sources.values(), block.expected])
    left = 12 + CHARACTER * max(map(len, block.sources))
    width = left + 30 + (seconds - 1) * SECOND + 34
    width = max(width, 24 + CHARACTER * max(map(len, _wrap(block.expression, 44))))
    lines = _wrap(block.expression, (width - 24) // CHARACTER)
    parts: list[str] = []
    colours = _colours(block)
    y = 0
    for name, marbles in block.sources.items():
        y = _timeline(parts, block, name, marbles, colours, y, left, width)
    height = 14 + 20 * len(lines)
    parts.append(f'<rect class="box" x="1" y="{y + 4}" width="{width - 2}" height="{height}" rx="6"/>')
    for number, line in enumerate(lines):
        indent = width // 2 if len(lines) == 1 else 14
        anchor = ' text-anchor="middle"' if len(lines) == 1 else ""
        text = escape(line.replace("  ", "\N{NO-BREAK SPACE}" * 2))
        parts.append(f'<text class="code" x="{indent}" y="{y + 26 + 20 * number}"{anchor}>{text}</text>')
    y = _timeline(parts, block, "", block.expected, colours, y + height + 8, left, width)
    for second in range(seconds):
        x = left + 30 + second * SECOND
        parts.append(f'<text class="second" x="{x}" y="{y + 8}" text-anchor="middle">{second}</text>')
    y += 14
    return (
        f'<svg class="marbles" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img" '
        f'style="min-width: {round(width * SMALLEST)}px" aria-label="{escape(words(block))}">'
        f"{''.join(parts)}</svg>"
    )


def _timeline(
    parts: list[str],
    block: Block,
    name: str,
    marbles: Marbles,
    colours: dict[str, int],
    top: int,
    left: int,
    width: int,
) -> int:
    """Draw one line with what is on it; return where the next thing may begin."""
    y = top + RADIUS + 10
    start = left + 30
    stop = start + marbles.events[-1][0] * SECOND if marbles.ends else width - 8
    parts.append(f'<text class="name" x="4" y="{y + 5}">{escape(name)}</text>')
    parts.append(f'<path class="line" d="M{left} {y}H{stop}"/>')
    if not marbles.ends:
        parts.append(f'<path class="line" d="M{stop - 7} {y - 5}L{stop} {y}L{stop - 7} {y + 5}"/>')
    ticks = "".join(f"M{x} {y - 4}v8" for x in range(start, stop + 1, SECOND))
    parts.append(f'<path class="tick" d="{ticks}"/>')
    bottom = y
    for second, events in groupby(marbles.events, key=lambda event: event[0]):
        x = start + second * SECOND
        characters = [char for _, char in events]
        items = [char for char in characters if char != END]
        lowest = y + STACK * max(0, len(items) - 1)
        if END in characters:
            parts.append(f'<path class="end" d="M{x} {y - RADIUS - 7}V{lowest + RADIUS + 7}"/>')
        for place, char in enumerate(items):
            _marble(parts, x, y + STACK * place, char, label(block, char), colours.get(char, 0))
        bottom = max(bottom, lowest)
    return bottom + RADIUS + 10


def _marble(parts: list[str], x: int, y: int, char: str, text: str, colour: int) -> None:
    if char == FAILURE:
        parts.append(f'<path class="failure" d="M{x - 10} {y - 10}l20 20m0 -20l-20 20"/>')
        return
    half = max(RADIUS, (CHARACTER * len(text) + 12) // 2)
    shape = f'x="{x - half}" y="{y - RADIUS}" width="{2 * half}" height="{2 * RADIUS}" rx="{RADIUS}"'
    parts.append(f'<rect class="back" {shape}/><rect class="item m{colour}" {shape}/>')
    parts.append(f'<text class="code" x="{x}" y="{y + 5}" text-anchor="middle">{escape(text)}</text>')
