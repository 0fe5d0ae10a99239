"""The points of a program as a strip: a row for each task, green where it holds and red where it fails.

Coordinates are whole numbers and nothing is random, so one program always gives one picture. Colours are
classes; `_static/custom.css` says what they are in light and dark.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from programs import Point

CELL = 24  # pixels
GAP = 2
ROW = 28
CHARACTER = 9
#: Below this share of its natural size a picture scrolls instead of shrinking further.
SMALLEST = 0.85


def ranges(numbers: list[int]) -> str:
    """Write ``3, 4, 5, 9`` as ``3-5, 9``, with a proper dash."""
    parts: list[str] = []
    for _, group in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        if len(run) > 2:
            parts.append(f"{run[0]}\N{EN DASH}{run[-1]}")
        else:
            parts += map(str, run)
    return ", ".join(parts)


def lines(points: list[Point]) -> list[tuple[str, str, str]]:
    """Return the failing points by the line that they come before: numbers, where, source."""
    failing: dict[tuple[str, int, str], list[int]] = {}
    for point in points:
        if point.problem:
            key = ("", 0, "") if point.idle or point.number == 0 else (point.task, point.line, point.source)
            failing.setdefault(key, []).append(point.number)
    return [
        (ranges(numbers), f"{task}, line {line}" if task else _unplaced(numbers), source)
        for (task, line, source), numbers in failing.items()
    ]


def _unplaced(numbers: list[int]) -> str:
    if numbers == [0]:
        return "before the start"
    return "while all tasks wait" if 0 not in numbers else "before the start, and while all tasks wait"


def words(points: list[Point]) -> str:
    """Say in words what the picture shows."""
    failing = [point.number for point in points if point.problem]
    if not failing:
        return f"Strip of {len(points)} points. The program holds at every one."
    return f"Strip of {len(points)} points. The program fails at {len(failing)}: {ranges(failing)}."


def draw(points: list[Point]) -> str:
    """Return the picture as an ``<svg>`` element."""
    tasks = list(dict.fromkeys(point.task for point in points if not point.idle))
    left = 16 + CHARACTER * max(map(len, tasks))
    width = left + (CELL + GAP) * len(points) + 4
    height = ROW * len(tasks) + 20
    parts: list[str] = []
    for row, task in enumerate(tasks):
        y = ROW * row + 2
        parts.append(f'<text class="code" x="4" y="{y + 17}">{escape(task)}</text>')
        parts.append(f'<path class="line" d="M{left} {y + CELL // 2}H{width - 4}"/>')
    for place, point in enumerate(points):
        x = left + (CELL + GAP) * place
        kind = "fails" if point.problem else "holds"
        if point.idle:  # a bar through all rows
            shape = f'x="{x + 8}" y="2" width="{CELL - 16}" height="{ROW * len(tasks) - 4}" rx="4"'
        else:
            y = ROW * tasks.index(point.task) + 2
            shape = f'x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="5"'
        parts.append(f'<rect class="back" {shape}/><rect class="{kind}" {shape}>{_title(point)}</rect>')
        if point.problem and not point.idle:
            middle, y = x + CELL // 2, ROW * tasks.index(point.task) + 2 + CELL // 2
            parts.append(f'<path class="cross" d="M{middle - 4} {y - 4}l8 8m0 -8l-8 8"/>')
        parts.append(
            f'<text class="small" x="{x + CELL // 2}" y="{height - 5}" text-anchor="middle">'
            f"{point.number}</text>"
        )
    return (
        f'<svg class="picture" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'style="min-width: {round(width * SMALLEST)}px" aria-label="{escape(words(points))}">'
        f"{''.join(parts)}</svg>"
    )


def _title(point: Point) -> str:
    """Return what a pointer resting on a cell is told."""
    when = "all tasks wait" if point.idle else f"{point.task}, line {point.line}" if point.line else "start"
    text = f"{point.number}: {when}" + (f": {point.problem}" if point.problem else "")
    return f"<title>{escape(text)}</title>"
