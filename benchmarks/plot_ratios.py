"""The ratios: a dot for each comparison, with its quartiles, its floor and its goal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from . import wording
from .model import Row
from .plot_style import WIDTH, Theme, clean
from .report import Report

__all__ = ["draw_ratios"]

LANE = 0.44  # inches: a line of text, and the dot below it
HEAD = 0.62  # inches above each panel
FOOT = 0.34  # inches below it
LEGEND = 0.5
MARKS = {"goal": "D", "reached": "o", "missed": "X", "info": "o"}
TICKS = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def draw_ratios(report: Report, theme: Theme) -> Figure | None:
    """Draw two panels: costs against the floor of hand-written code, speed against everything else."""
    compared = [row for row in report.rows if row.reference]
    panels = [
        ("Time against hand-written code", "1x = the same time; left is better", _rows(compared, "x")),
        ("Times faster", "1x = the same time; right is better", _rows(compared, "x faster")),
    ]
    panels = [panel for panel in panels if panel[2]]
    if not panels:
        return None
    height = LEGEND + sum(HEAD + FOOT + LANE * len(rows) for _, _, rows in panels)
    figure = Figure(figsize=(WIDTH, height))
    top = height - LEGEND
    for title, hint, rows in panels:
        deep = LANE * len(rows)
        axes = figure.add_axes((0.035, (top - HEAD - deep) / height, 0.93, deep / height))
        _panel(axes, rows, theme)
        figure.text(0.035, (top - 0.2) / height, title, fontsize=11.5, fontweight="bold", va="top")
        figure.text(0.035, (top - 0.42) / height, hint, fontsize=8.5, va="top", color=theme.info)
        top -= HEAD + deep + FOOT
    _legend(figure, theme, height)
    return figure


def _rows(rows: Sequence[Row], unit: str) -> list[Row]:
    return [row for row in rows if row.unit == unit]


def _panel(axes: Axes, rows: Sequence[Row], theme: Theme) -> None:
    clean(axes)
    axes.set_xscale("log")
    values = [
        value
        for row in rows
        for value in (row.low, row.high, row.value, row.must, row.goal, 1.0)
        if value is not None
    ]
    least, most = min(values) / 1.12, max(values) * 1.12
    axes.set_xlim(least, most)
    axes.set_ylim(len(rows), 0)
    ticks = [
        tick for tick in (*TICKS, *((0.8, 1.2, 1.5, 3, 7) if most < 15 else ())) if least <= tick <= most
    ]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.tick_params(axis="x", labelsize=8.5)
    axes.yaxis.set_visible(False)
    for place, row in enumerate(rows):
        _lane(axes, place, row, theme)


def _lane(axes: Axes, place: int, row: Row, theme: Theme) -> None:
    lane = place + 0.72
    colour = theme.of(row.verdict)
    # On one line: what is too long for it is cut, and the table has it in full.
    label = textwrap.shorten(f"{row.subject} vs {row.reference}", 62, placeholder=" ...")
    where = axes.get_yaxis_transform()
    axes.text(0, place + 0.28, label, transform=where, fontsize=8, va="center")
    axes.axhline(lane, color=theme.faint, linewidth=0.6, zorder=0)
    axes.plot([1, 1], [lane - 0.12, lane + 0.12], color=theme.info, linewidth=0.9, zorder=1)
    for bound, style in ((row.must, "-"), (row.goal, (0, (1.5, 1)))):
        if bound is not None:
            axes.plot(
                [bound, bound], [lane - 0.2, lane + 0.2], color=theme.ink, linewidth=1.6, linestyle=style
            )
    if row.value is None or row.low is None or row.high is None:
        axes.text(1, lane, "not installed", fontsize=8, va="center", color=theme.info, style="italic")
        return
    axes.plot([1, row.value], [lane, lane], color=colour, linewidth=3, alpha=0.35, solid_capstyle="butt")
    axes.plot([row.low, row.high], [lane, lane], color=colour, linewidth=2)
    axes.plot([row.value], [lane], marker=MARKS[row.verdict], color=colour, markersize=5.5, zorder=3)
    text = wording.measured(row).replace(" faster", "")
    axes.text(
        1,
        place + 0.28,
        text,
        transform=where,
        fontsize=8,
        va="center",
        ha="right",
        color=colour,
        weight="bold",
    )


def _legend(figure: Figure, theme: Theme, height: float) -> None:
    def dot(verdict: str, label: str) -> Line2D:
        colour = theme.of(verdict)
        return Line2D([], [], color=colour, marker=MARKS[verdict], markersize=5.5, linestyle="", label=label)

    entries = [
        dot("goal", "goal reached"),
        dot("reached", "floor reached"),
        dot("missed", "missed"),
        dot("info", "for comparison"),
        Line2D(
            [], [], color=theme.ink, marker="|", markersize=8, linestyle="", mew=1.6, label="floor (must)"
        ),
        Line2D([], [], color=theme.ink, linestyle=(0, (1.5, 1)), linewidth=1.6, label="goal"),
    ]
    figure.legend(
        handles=entries,
        loc="upper left",
        bbox_to_anchor=(0.015, 1 - 0.04 / height),
        ncols=3,
        fontsize=8,
        frameon=False,
        columnspacing=1.2,
        handletextpad=0.5,
        borderpad=0.2,
    )
