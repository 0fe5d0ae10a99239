"""A timeline as a static picture: rows of tasks, nested by nursery, over an axis of seconds."""

from __future__ import annotations

from html import escape
from typing import final

from .axis import in_words, ticks
from .model import Recording
from .rows import FoldedRow, NurseryRow, Row, TaskRow, rows_of, times
from .svg_bars import Bars
from .svg_style import css
from .words import printable, summary

__all__ = ["names_width", "to_svg"]

NURSERY_ROW = 17  # pixels high, if it has a name
GAP = 5  # above and below the tasks of a nursery
INDENT = 14
CHARACTER = 7.0  # of 12 px, on average
MARGIN = 14
NAMES = 0.3  # of the width, at most


def to_svg(
    recording: Recording,
    *,
    title: str,
    fold: int,
    width: int,
    embedded: bool = False,
    duration: float = 0.0,
    names: float = 60.0,
) -> str:
    """Return the ``<svg>`` element.

    ``embedded`` leaves the colours to the page. A longer ``duration`` makes room after the end, and wider
    ``names`` before the beginning, so that two pictures can have the same scale.
    """
    return _Picture(recording, title, fold, width, duration, names).draw(embedded=embedded)


def names_width(recording: Recording, *, fold: int) -> float:
    """Return how many pixels the names of a picture take."""
    return max((_name_width(row) for row in rows_of(recording, fold=fold)), default=0.0)


@final
class _Picture:
    def __init__(
        self, recording: Recording, title: str, fold: int, width: int, duration: float, names: float
    ) -> None:
        self._recording = recording
        self._title = title
        self._rows = rows_of(recording, fold=fold)
        self._width = width
        wanted = max(map(_name_width, self._rows), default=0.0)
        self._left = MARGIN + min(max(wanted, names), width * NAMES) + 8
        self._bars = Bars(self._left, width - MARGIN, max(duration, recording.duration), recording.virtual)
        self._behind: list[str] = []
        self._parts: list[str] = []

    def draw(self, *, embedded: bool) -> str:
        y = 8.0
        if self._title:
            self._parts.append(
                f'<text class="title" x="{MARGIN}" y="{y + 14:g}">{escape(self._title)}</text>'
            )
            y += 24
        top = y + 22
        y = self._draw_rows(top)
        grid = self._axis(top, y)
        y = self._legend(y + 8)
        style = "" if embedded else f"<style>{css('svg.tl', '', 'svg.tl')}</style>"
        back = "" if embedded else f'<rect width="{self._width}" height="{y:g}" style="fill:var(--tl-back)"/>'
        words = escape(f"Timeline. {self._title + '. ' if self._title else ''}{summary(self._recording)}")
        return printable(
            f'<svg class="tl" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {y:g}" '
            f'width="{self._width}" height="{y:g}" role="img" aria-label="{words}">{style}{back}'
            f"{''.join(grid)}{''.join(self._behind)}{''.join(self._parts)}</svg>"
        )

    # --- Rows ---------------------------------------------------------------------------------------------

    def _draw_rows(self, y: float) -> float:
        ends: list[tuple[int, NurseryRow, float]] = []  # row after the last of a nursery, and where it began
        for index, row in enumerate(self._rows):
            y = self._close_nurseries(ends, index, y)
            if isinstance(row, NurseryRow):
                ends.append((index + 1 + row.size, row, y))
                y += GAP + (self._nursery_name(row, y) if row.nursery.label != "nursery" else 0)
                continue
            y += self._bars.task(row.task, y) if isinstance(row, TaskRow) else self._bars.folded(row, y)
            self._name(row, y)
        y = self._close_nurseries(ends, len(self._rows), y)
        self._parts += self._bars.parts
        return y

    def _close_nurseries(self, ends: list[tuple[int, NurseryRow, float]], index: int, y: float) -> float:
        while ends and ends[-1][0] <= index:
            _, row, top = ends.pop()
            y += GAP
            self._behind.insert(0, self._bars.band(row.nursery, top, y))
            x = MARGIN + row.depth * INDENT + 4
            self._behind.append(f'<path class="tree" d="M{x:g} {top + 1:g}V{y - 3:g}h5"/>')
        return y

    def _nursery_name(self, row: NurseryRow, y: float) -> float:
        x = self._bars.x(row.nursery.start) + 6
        self._parts.append(
            f'<text class="dim small" x="{x:g}" y="{y + 13:g}">{escape(row.nursery.label)}</text>'
        )
        return NURSERY_ROW - GAP

    def _name(self, row: TaskRow | FoldedRow, bottom: float) -> None:
        name = row.task.name if isinstance(row, TaskRow) else times(row.name, len(row.tasks))
        x = MARGIN + row.depth * INDENT
        room = int((self._left - 6 - x) / CHARACTER)
        shown = name if len(name) <= room else f"{name[: max(room - 1, 1)]}…"
        self._parts.append(
            f'<text x="{x:g}" y="{bottom - 9:g}">{escape(shown)}<title>{escape(name)}</title></text>'
        )

    # --- Around them --------------------------------------------------------------------------------------

    def _axis(self, top: float, bottom: float) -> list[str]:
        parts: list[str] = []
        room = self._width - MARGIN - self._left
        for moment in ticks(self._bars.duration, most=max(int(room / 76), 1)):
            x = self._bars.x(moment)
            parts.append(f'<path class="grid" d="M{x:.1f} {top - 4:g}V{bottom:g}"/>')
            anchor = "middle" if x + 20 < self._width else "end"
            parts.append(
                f'<text class="dim small" text-anchor="{anchor}" x="{x:.1f}" y="{top - 9:g}">'
                f"{in_words(moment)}</text>"
            )
        return parts

    def _legend(self, y: float) -> float:
        """Draw what occurs in the picture, in as many lines as it takes."""
        x, height = float(MARGIN), 18
        for symbol, words in self._bars.legend():
            width = 22 + len(words) * CHARACTER * 0.95 + 12
            if x + width > self._width - MARGIN and x > MARGIN:
                x, y = float(MARGIN), y + height
            self._parts.append(f'<g transform="translate({x:g} {y:g})">{symbol}</g>')
            self._parts.append(
                f'<text class="dim small" x="{x + 20:g}" y="{y + 12:g}">{escape(words)}</text>'
            )
            x += width
        return y + height + 4


def _name_width(row: Row) -> float:
    if isinstance(row, NurseryRow):
        return 0.0
    name = row.task.name if isinstance(row, TaskRow) else times(row.name, len(row.tasks))
    return row.depth * INDENT + len(name) * CHARACTER
