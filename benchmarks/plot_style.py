"""The look of the plots: transparent, for light or dark pages, the same bytes from the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "WIDTH", "Theme", "clean", "save", "styled"]

#: Inches. A phone shows it nearly at its own size, so the letters stay as large as they are here.
WIDTH = 4.8


@dataclass(frozen=True)
class Theme:
    """Colours, by meaning."""

    name: str
    ink: str
    faint: str
    goal: str
    reached: str
    missed: str
    info: str
    lines: tuple[str, str, str]

    def of(self, verdict: str) -> str:
        """The colour of a verdict."""
        return {"goal": self.goal, "reached": self.reached, "missed": self.missed}.get(verdict, self.info)


LIGHT = Theme(
    "light",
    "#1f2328",
    "#c4cad1",
    "#117a3d",
    "#0a5cc4",
    "#c4231c",
    "#646c76",
    ("#0a5cc4", "#b0480a", "#646c76"),
)
DARK = Theme(
    "dark",
    "#e2e6eb",
    "#4a525c",
    "#4fcb7d",
    "#6cb2ff",
    "#ff7b72",
    "#9ba4af",
    ("#6cb2ff", "#ffa657", "#9ba4af"),
)


@contextmanager
def styled(theme: Theme) -> Iterator[None]:
    """Draw with the theme's colours; letters become paths, so that a page needs no font."""
    settings: Any = {
        "svg.hashsalt": "trio_patterns",
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",  # comes with matplotlib
        "font.size": 9.5,
        "text.color": theme.ink,
        "axes.labelcolor": theme.ink,
        "axes.edgecolor": theme.faint,
        "xtick.color": theme.ink,
        "ytick.color": theme.ink,
    }
    with matplotlib.rc_context(settings):
        yield


def clean(axes: Axes) -> None:
    """Leave out what carries nothing."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=3, which="major")
    axes.tick_params(length=0, which="minor")
    axes.patch.set_alpha(0)


def save(figure: Figure, path: Path) -> Path:
    """Write an SVG without date and program, on nothing."""
    figure.savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    # matplotlib leaves blanks at line ends, which a linter of text files would take out again.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    return path
