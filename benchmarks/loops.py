"""Run a piece of work on its loop, and time it there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import trio

from .model import Loop, Work

__all__ = ["CPU", "WALL", "Clock", "run_timed"]

Clock = Callable[[], float]

#: For work that never waits: the time in which this process had a processor. What else the machine does at
#: the same time does not count; on a machine that does nothing else, it is the time on the wall.
CPU: Clock = time.process_time
#: For work that waits, for a thread or another process.
WALL: Clock = time.perf_counter


def run_timed(work: Work, n: int, loop: Loop, clock: Clock = CPU, *, repeats: int = 1) -> tuple[float, Any]:
    """Run ``work(n)`` on a fresh loop; return the seconds it took and what it returned.

    The clock is read inside, so that starting and ending the loop is nobody's cost. With ``repeats``, the
    work is done so many times between two looks at the clock, and the seconds are those of one time.
    """

    async def timed() -> tuple[float, Any]:
        result = None
        began = clock()
        for _ in range(repeats):
            result = await work(n)
        return (clock() - began) / repeats, result

    return trio.run(timed) if loop == "trio" else asyncio.run(timed())
