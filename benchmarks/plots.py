"""The plots of a report, each for light and for dark pages. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path

from .plot_flatness import draw_flatness
from .plot_ratios import draw_ratios
from .plot_style import DARK, LIGHT, save, styled
from .report import Report

__all__ = ["draw_plots"]


def draw_plots(report: Report, folder: Path) -> list[Path]:
    """Write ``ratios-*.svg`` and ``flatness-*.svg`` into ``folder``, as far as the report has their data."""
    written: list[Path] = []
    for theme in (LIGHT, DARK):
        with styled(theme):
            for name, draw in (("ratios", draw_ratios), ("flatness", draw_flatness)):
                figure = draw(report, theme)
                if figure is not None:
                    written.append(save(figure, folder / f"{name}-{theme.name}.svg"))
    return written
