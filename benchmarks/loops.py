"""Run a piece of work on its loop, and time it there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import trio

from .model import Loop, Work

__all__ = ["Clock", "run_timed"]

Clock = Callable[[], float]


def run_timed(work: Work, n: int, loop: Loop, clock: Clock = time.perf_counter) -> tuple[float, Any]:
    """Run ``work(n)`` on a fresh loop; return the seconds it took and what it returned.

    The clock is read inside, so that starting and ending the loop is nobody's cost.
    """

    async def timed() -> tuple[float, Any]:
        began = clock()
        result = await work(n)
        return clock() - began, result

    return trio.run(timed) if loop == "trio" else asyncio.run(timed())
