"""Every case, in the order of the report."""

from __future__ import annotations

from ..model import Case
from . import (
    bounded_map,
    chunks,
    flatness,
    imports,
    join_set,
    memory,
    offloading,
    plain_steps,
    recording,
    retrying,
    stopping,
    stream_map,
    worker_pool,
)

__all__ = ["ALL"]

ALL: tuple[Case, ...] = (
    stream_map.STREAM_MAP,
    *bounded_map.CASES,
    stream_map.NEVER_SUSPENDS,
    *plain_steps.CASES,
    *chunks.CASES,
    *worker_pool.CASES,
    *join_set.CASES,
    *retrying.CASES,
    *offloading.CASES,
    *stopping.CASES,
    *memory.CASES,
    *flatness.CASES,
    *recording.CASES,
    *imports.CASES,
)
