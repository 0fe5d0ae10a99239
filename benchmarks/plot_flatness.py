"""Cost per item against the number of items, and against the limit."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .plot_style import WIDTH, Theme, clean
from .report import Report

__all__ = ["draw_flatness"]

MARKS = ("o", "s", "^")


def draw_flatness(report: Report, theme: Theme) -> Figure | None:
    """Draw a panel for each of the two curves."""
    found = [result.data for result in report.results if result.slug == "flat"]
    if not found:
        return None
    figure = Figure(figsize=(WIDTH, 5.6))
    items = found[0]["limit"][0]["items"]
    panels = (("items", "Cost per item, limit 10"), ("limit", f"Cost per item, {items:,} items"))
    for (axis, title), bottom in zip(panels, (0.58, 0.085), strict=True):
        axes = figure.add_axes((0.11, bottom, 0.84, 0.33))
        _panel(axes, found[0][axis], axis, theme)
        axes.set_title(title, loc="left", fontsize=11.5, fontweight="bold", pad=8)
        axes.set_xlabel(axis)
    return figure


def _panel(axes: Axes, points: list[dict[str, Any]], axis: str, theme: Theme) -> None:
    clean(axes)
    axes.spines["left"].set_visible(True)
    axes.set_xscale("log")
    names = list(dict.fromkeys(point["name"] for point in points))
    for name, colour, mark in zip(names, theme.lines, MARKS, strict=False):
        line = [point for point in points if point["name"] == name]
        axes.plot(
            [point[axis] for point in line],
            [point["microseconds_each"] for point in line],
            color=colour,
            marker=mark,
            markersize=5.5,
            linewidth=1.6,
            label=name,
        )
    axes.set_ylim(0, max(point["microseconds_each"] for point in points) * 1.15)
    axes.xaxis.set_major_locator(FixedLocator(sorted({point[axis] for point in points})))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} µs"))
    axes.grid(axis="y", color=theme.faint, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8.5, frameon=False, loc="lower left", ncols=len(names), handletextpad=0.5)
