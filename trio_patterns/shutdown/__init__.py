"""Graceful shutdown: tell everybody, let them finish, cut off what overruns, and say what that was.

* `CancellationToken`: a request to stop that many tasks can see.
"""

from __future__ import annotations

from .cancellation_token import CancellationToken

__all__ = ["CancellationToken"]
