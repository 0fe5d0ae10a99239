"""Times as a reader wants them: round steps for an axis, and short durations."""

from __future__ import annotations

import math

__all__ = ["in_words", "ticks"]


def ticks(duration: float, *, most: int) -> list[float]:
    """Return round moments from 0 to ``duration``, at most ``most`` + 1 of them."""
    if duration <= 0:
        return [0.0]
    rough = duration / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    count = math.floor(duration / step * (1 + 1e-9))
    return [step * number for number in range(count + 1)]


def in_words(seconds: float) -> str:
    """Return ``1.5 s``, ``20 ms`` or ``300 µs``."""
    if seconds == 0 or seconds >= 1:
        return f"{seconds:.6g} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.4g} ms"
    return f"{seconds * 1e6:.4g} µs"
