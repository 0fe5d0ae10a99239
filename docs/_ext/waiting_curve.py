"""How long a job waits, against how busy the worker is: the curve of the theory and the dots of a simulation.

Coordinates are rounded and the simulation has a seed, so that it is the same picture in every build.
Colours are classes; `_static/custom.css` says what they are in light and dark.
"""

from __future__ import annotations

from html import escape

WIDTH, HEIGHT = 620, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 600, 18, 282
#: The top of the vertical axis, in mean lengths of a job.
MOST = 20
#: Below this share of its natural size the picture scrolls instead of shrinking further.
SMALLEST = 0.85


def theory(share: float) -> float:
    """Return the mean wait, in mean lengths of a job, for random arrivals and random lengths (M/M/1)."""
    return share / (1 - share)


def place(share: float, wait: float) -> tuple[int, int]:
    """Return where a point of the diagram is drawn."""
    x, y = _exactly(share, wait)
    return round(x), round(y)


def _exactly(share: float, wait: float) -> tuple[float, float]:
    return LEFT + share * (RIGHT - LEFT), BOTTOM - wait / MOST * (BOTTOM - TOP)


def words(waits: dict[int, float]) -> str:
    """Say in words what the picture shows: ``waits`` has the mean wait for each percentage."""
    said = ", ".join(f"{percent} % busy: {wait:.1f}" for percent, wait in waits.items())
    return (
        f"How long a job waits, in mean lengths of a job. {said}. The curve climbs without end towards 100 %."
    )


def draw(waits: dict[int, float]) -> str:
    """Return the picture as an ``<svg>`` element."""
    parts: list[str] = []
    for wait in range(0, MOST + 1, 5):
        _, y = place(0, wait)
        parts.append(f'<path class="line" d="M{LEFT} {y}H{RIGHT}"/>')
        parts.append(f'<text class="small" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{wait}</text>')
    for percent in range(0, 101, 10):
        x, _ = place(percent / 100, 0)
        parts.append(f'<text class="small" x="{x}" y="{BOTTOM + 18}" text-anchor="middle">{percent} %</text>')
    middle = (LEFT + RIGHT) // 2
    parts.append(
        f'<text class="small" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">'
        "how busy the worker is</text>"
    )
    down = (TOP + BOTTOM) // 2
    parts.append(
        f'<text class="small" x="14" y="{down}" text-anchor="middle" transform="rotate(-90 14 {down})">'
        "wait, in lengths of a job</text>"
    )
    last = MOST / (MOST + 1)  # there the theory reaches the top
    steps = [index / 200 * last for index in range(201)]
    exact = (_exactly(share, theory(share)) for share in steps)
    points = " ".join(f"{x:.1f} {y:.1f}" for x, y in exact)
    parts.append(f'<polyline class="curve" points="{points}"/>')
    for percent, wait in waits.items():
        if wait <= MOST:
            x, y = place(percent / 100, wait)
            parts.append(f'<circle class="back" cx="{x}" cy="{y}" r="5"/>')
            parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="5"/>')
            label = f"{percent} %: {wait:.1f}"
            parts.append(f'<text class="number" x="{x - 10}" y="{y - 8}" text-anchor="end">{label}</text>')
    return (
        f'<svg class="picture" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'style="min-width: {round(WIDTH * SMALLEST)}px" aria-label="{escape(words(waits))}">'
        f"{''.join(parts)}</svg>"
    )
