"""How much is tried: a little in every run of the suite, everything with ``nox -s deep``."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Limits for one proof."""

    points: int | None
    seeds: int
    pairs: int | None
    random: int
    pct: int
    exhaustive: int


QUICK = Effort(points=100, seeds=1, pairs=40, random=15, pct=15, exhaustive=40)
DEEP = Effort(points=None, seeds=2, pairs=400, random=200, pct=200, exhaustive=600)

EFFORT = DEEP if os.environ.get("TRIO_PATTERNS_DEEP") else QUICK
