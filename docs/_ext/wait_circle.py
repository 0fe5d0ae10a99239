"""A wait graph as boxes and arrows: from each task to the one that holds what it waits for."""

from __future__ import annotations

import math
from html import escape
from zlib import crc32

from trio_patterns.testing import WaitGraph

BOX = 44  # pixels high
CHARACTER = 8
SMALLEST = 0.85
BEND = 0.18  # how far an arrow bends outwards, as a share of its length


def edges(graph: WaitGraph) -> list[tuple[str, str, str]]:
    """Return the arrows: who waits, for what, and who holds it."""
    return [
        (task.name, task.waits_for.removeprefix("a "), holder.task)
        for task in graph.tasks
        for holder in task.held_by
    ]


def words(graph: WaitGraph) -> str:
    """Say in words what the picture shows."""
    return " ".join(
        f"{waiter} waits for {what}, which {holder} holds." for waiter, what, holder in edges(graph)
    )


def draw(graph: WaitGraph) -> str:
    """Return the picture as an ``<svg>`` element."""
    arrows = edges(graph)
    drawn = {name for waiter, _, holder in arrows for name in (waiter, holder)}
    tasks = [task for task in graph.tasks if task.name in drawn]
    if not tasks:
        raise ValueError("nobody holds what another task waits for: there is nothing to draw")
    below = {task.name: f"waits at line {task.place.line}" if task.place else "waits" for task in tasks}
    label = CHARACTER * max(len(what) for _, what, _ in arrows)
    box = 20 + CHARACTER * max(len(text) for task in tasks for text in (task.name, below[task.name]))
    radius_x = max(box // 2 + 40, label // 2 + 30) if len(tasks) > 2 else 0
    radius_y = 60 if len(tasks) == 2 else 84
    margin = label + 34 if len(tasks) == 2 else label // 3
    width, height = 2 * (radius_x + margin) + box, 2 * radius_y + BOX + 12
    middle = width / 2, height / 2
    centres = {
        task.name: (
            middle[0] + radius_x * math.sin(2 * math.pi * index / len(tasks)),
            middle[1] - radius_y * math.cos(2 * math.pi * index / len(tasks)),
        )
        for index, task in enumerate(tasks)
    }
    head = f"arrow-{crc32(words(graph).encode()):08x}"  # a page may have several pictures
    parts = [
        f'<defs><marker id="{head}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>'
    ]
    for waiter, what, holder in arrows:
        parts += _arrow(centres[waiter], centres[holder], middle, what, box, len(tasks), head)
    for task in tasks:
        x, y = (round(value) for value in centres[task.name])
        shape = f'x="{x - box // 2}" y="{y - BOX // 2}" width="{box}" height="{BOX}" rx="6"'
        parts.append(f'<rect class="back" {shape}/><rect class="task" {shape}/>')
        parts.append(
            f'<text class="code" x="{x}" y="{y - 3}" text-anchor="middle">{escape(task.name)}</text>'
        )
        parts.append(
            f'<text class="small" x="{x}" y="{y + 14}" text-anchor="middle">{escape(below[task.name])}</text>'
        )
    return (
        f'<svg class="picture" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'style="min-width: {round(width * SMALLEST)}px" aria-label="{escape(words(graph))}">'
        f"{''.join(parts)}</svg>"
    )


def _arrow(
    start: tuple[float, float],
    stop: tuple[float, float],
    middle: tuple[float, float],
    what: str,
    box: int,
    tasks: int,
    head: str,
) -> list[str]:
    (x1, y1), (x2, y2) = start, stop
    # To the left of the way: of a circle walked clockwise, that is outside.
    bend = 0.7 if tasks == 2 else BEND
    cx, cy = (x1 + x2) / 2 + (y2 - y1) * -bend, (y1 + y2) / 2 + (x2 - x1) * bend
    if math.hypot(cx - middle[0], cy - middle[1]) < math.hypot(
        (x1 + x2) / 2 - middle[0], (y1 + y2) / 2 - middle[1]
    ):
        cx, cy = x1 + x2 - cx, y1 + y2 - cy
    begin, end = _border(start, (cx, cy), box), _border(stop, (cx, cy), box)
    x = round((begin[0] + 2 * cx + end[0]) / 4)
    y = round((begin[1] + 2 * cy + end[1]) / 4)
    path = f"M{begin[0]} {begin[1]}Q{round(cx)} {round(cy)} {end[0]} {end[1]}"
    anchor, shift = ("start", 8) if x > middle[0] + 4 else ("end", -8) if x < middle[0] - 4 else ("middle", 0)
    down = 4 if shift else 20 if y > middle[1] else -8
    return [
        f'<path class="arrow" d="{path}" marker-end="url(#{head})"/>',
        f'<text class="small" x="{x + shift}" y="{y + down}" text-anchor="{anchor}">{escape(what)}</text>',
    ]


def _border(centre: tuple[float, float], towards: tuple[float, float], box: int) -> tuple[int, int]:
    """Return where the line from a box's centre leaves the box."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    share = min(
        (box / 2 + 2) / abs(dx) if dx else math.inf,
        (BOX / 2 + 2) / abs(dy) if dy else math.inf,
    )
    return round(centre[0] + dx * share), round(centre[1] + dy * share)
