"""Structured-concurrency patterns for trio.

Layers, low to high; a module imports only from lower ones::

    _core        errors, argument checks, exception groups
    spawning     retry
    shutdown     backpressure
    streams
    traits
    testing      sees all of them, is imported by none

The everyday names are here; everything public is in its family's package. The function ``retry`` is only in
`trio_patterns.retry`, because a name can't be a package and a function at once.

A family is imported when the first of its names is used, so that ``import trio_patterns`` costs nothing for
what a program does not use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._core.errors import TrioPatternsError

if TYPE_CHECKING:
    from .backpressure import (
        RateLimiter,
        bounded_map,
        bounded_outcomes,
        open_overflow_channel,
        open_worker_pool,
    )
    from .retry import RetryPolicy, retry_context, retrying
    from .shutdown import CancellationToken, open_graceful_nursery, serve_tcp
    from .spawning import TaskHandle, gather, offload, open_join_set, open_pinned_thread, race, select, spawn
    from .streams import Stream, stream
    from .traits import InMemoryRepository, Repository, implements, open_sql_repository

__version__ = "0.1.0"

__all__ = [
    # spawning
    "TaskHandle",
    "spawn",
    "open_join_set",
    "gather",
    "race",
    "select",
    "offload",
    "open_pinned_thread",
    # retry
    "RetryPolicy",
    "retrying",
    "retry_context",
    # shutdown
    "CancellationToken",
    "open_graceful_nursery",
    "serve_tcp",
    # backpressure
    "bounded_map",
    "bounded_outcomes",
    "open_worker_pool",
    "RateLimiter",
    "open_overflow_channel",
    # streams
    "Stream",
    "stream",
    # traits
    "implements",
    "Repository",
    "InMemoryRepository",
    "open_sql_repository",
    # common
    "TrioPatternsError",
    "__version__",
]

_FAMILY_OF = {
    name: family
    for family, names in {
        "spawning": "TaskHandle spawn open_join_set gather race select offload open_pinned_thread",
        "retry": "RetryPolicy retrying retry_context",
        "shutdown": "CancellationToken open_graceful_nursery serve_tcp",
        "backpressure": "bounded_map bounded_outcomes open_worker_pool RateLimiter open_overflow_channel",
        "streams": "Stream stream",
        "traits": "implements Repository InMemoryRepository open_sql_repository",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> object:
    family = _FAMILY_OF.get(name)
    if family is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{family}", __name__), name)
    globals()[name] = value  # the next look-up finds it without this function
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
