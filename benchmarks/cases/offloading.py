"""A round trip to a thread."""

from __future__ import annotations

import trio

from trio_patterns.spawning import offload

from ..loops import WALL
from ..model import Contender, at_most
from ..timed import Sizes, TimedCase
from .shared import numbers

__all__ = ["CASES"]


def _in_thread(item: int) -> int:
    return item


async def _own(n: int) -> list[int]:
    return [await offload(_in_thread, item) for item in range(n)]


async def _bare(n: int) -> list[int]:
    return [await trio.to_thread.run_sync(_in_thread, item) for item in range(n)]


OWN = "offload"
BARE = "trio.to_thread.run_sync"

OFFLOAD = TimedCase(
    slug="offload",
    title="a round trip to a thread, one after the other",
    contenders=(Contender(OWN, lambda: _own), Contender(BARE, lambda: _bare)),
    targets=(at_most("offload round trip against bare trio.to_thread.run_sync", OWN, BARE, 1.05, 1.0),),
    sizes=Sizes(full=1_000, quick=300, tiny=20, rounds=31, quick_rounds=11),
    expected=numbers,
    unit="call",
    clock=WALL,
)

CASES = (OFFLOAD,)
