"""An order of tasks as lanes: a column for each task, a row for each step, and the line it begins at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from trio_patterns.testing import Place

LANE = 34  # pixels
ROW = 30
RADIUS = 12
CHARACTER = 8
COLOURS = 7
SMALLEST = 0.85

Steps = Sequence[tuple[str, Place | None]]


def label(task: str, place: Place | None) -> str:
    """Return what stands beside a step."""
    if place is None or place.source.startswith(("async def ", "def ")):
        return f"{task} starts"
    source = place.source.split("  #")[0]
    return f"{task}, line {place.line}: {source}"


def words(steps: Steps) -> str:
    """Say in words what the picture shows."""
    listed = " ".join(f"{number}. {label(*step)}." for number, step in enumerate(steps, 1))
    return f"{len(steps)} steps in this order. {listed}"


def draw(steps: Steps) -> str:
    """Return the picture as an ``<svg>`` element."""
    tasks = list(dict.fromkeys(task for task, _ in steps))
    left = LANE * len(tasks) + 6
    width = left + CHARACTER * max(len(label(*step)) for step in steps) + 6
    height = ROW * len(steps) + 4
    parts: list[str] = []
    for lane, task in enumerate(tasks):
        rows = [row for row, (name, _) in enumerate(steps) if name == task]
        x, first, last = _x(lane), _y(rows[0]), _y(rows[-1])
        parts.append(f'<path class="lane c{_colour(lane)}" d="M{x} {first}V{last}"/>')
    turns = "L".join(f"{_x(tasks.index(task))} {_y(row)}" for row, (task, _) in enumerate(steps))
    parts.append(f'<path class="turns" d="M{turns}"/>')
    for row, (task, place) in enumerate(steps):
        lane = tasks.index(task)
        x, y = _x(lane), _y(row)
        parts.append(f'<circle class="back" cx="{x}" cy="{y}" r="{RADIUS}"/>')
        parts.append(f'<circle class="step c{_colour(lane)}" cx="{x}" cy="{y}" r="{RADIUS}"/>')
        parts.append(f'<text class="number" x="{x}" y="{y + 4}" text-anchor="middle">{row + 1}</text>')
        parts.append(f'<text class="code" x="{left}" y="{y + 4}">{escape(label(task, place))}</text>')
    return (
        f'<svg class="picture" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'style="min-width: {round(width * SMALLEST)}px" aria-label="{escape(words(steps))}">'
        f"{''.join(parts)}</svg>"
    )


def _x(lane: int) -> int:
    return LANE * lane + LANE // 2


def _y(row: int) -> int:
    return ROW * row + ROW // 2 + 2


def _colour(lane: int) -> int:
    return lane % COLOURS + 1
