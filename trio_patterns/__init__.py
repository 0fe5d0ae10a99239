"""Structured-concurrency patterns for trio.

Layers, low to high; a module imports only from lower ones::

    _core        errors, argument checks, exception groups
    spawning     retry
    shutdown     backpressure
    streams
    traits

The everyday names are here; everything public is in its family's package.
"""

from __future__ import annotations

from ._core.errors import TrioPatternsError

__all__ = ["TrioPatternsError", "__version__"]

__version__ = "0.1.0"
