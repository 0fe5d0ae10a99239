"""How tests look at a recording and at its pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from trio_patterns.timeline import Recording, TaskRecord, Timeline


def named(recording: Recording, name: str) -> TaskRecord:
    """Return the one task of this name."""
    (task,) = [task for task in recording.all_tasks() if task.name == name]
    return task


def pictures(timeline: Timeline) -> list[str]:
    """Draw everything, as files that can be written and parsed."""
    drawn = [timeline.to_svg(), timeline.to_html(), timeline.to_perfetto(), timeline.to_text()]
    for picture in drawn:
        picture.encode("utf-8")
    ET.fromstring(drawn[0])
    return drawn


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
