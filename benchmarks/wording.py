"""How numbers are written, the same on the screen and in the report."""

from __future__ import annotations

from .model import Row, Unit

__all__ = ["bound", "goal", "measured", "spread_of", "verdict"]

_VERDICTS = {
    "goal": "goal reached",
    "reached": "reached",
    "missed": "MISSED",
    "info": "",
    "not installed": "not installed",
}


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 2 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _value(value: float, unit: Unit) -> str:
    match unit:
        case "x faster" if value < 1:
            return f"{_number(1 / value)}x slower"
        case "x" | "x faster":
            return f"{_number(value)}{unit}"
        case "calls":
            return f"{value:.0f}"
        case _:
            return f"{value:.2f} {unit}"


def bound(value: float | None, unit: Unit) -> str:
    """Write a floor or a goal."""
    match unit:
        case _ if value is None:
            return ""
        case "x faster":
            return f"{value:g}x faster"
        case "x":
            return f"≤ {value:g}x"
        case "calls":
            return f"≤ {value:g}"
        case _:
            return f"≤ {value:g} {unit}"


def goal(row: Row) -> str:
    """Write what to aim at."""
    return row.goal_text or bound(row.goal, row.unit)


def measured(row: Row) -> str:
    """Write what came out."""
    return "not installed" if row.value is None else _value(row.value, row.unit)


def spread_of(row: Row) -> str:
    """Write the quartiles (of counts and memory: the extremes)."""
    if row.low is None or row.high is None or row.low == row.high:
        return ""
    ends = f"{_value(row.low, row.unit)} to {_value(row.high, row.unit)}"
    return ends.replace(" faster", "").replace(" slower", "")


def verdict(row: Row) -> str:
    """Say whether the floor, or the goal, was reached."""
    return _VERDICTS[row.verdict]
