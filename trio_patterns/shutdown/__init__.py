"""Graceful shutdown: tell everybody, let them finish, cut off what overruns, and say what that was.

* `CancellationToken`: a request to stop that many tasks can see.
* `open_graceful_nursery`: a nursery that stops gracefully on a signal, yielding a `GracefulNursery`.
* `ShutdownReport`, `CutOffTask`: what the shutdown did, and where tasks stood that did not end in time.
* `serve_tcp`: a server that closes its port first and lets its connections finish.
* `SHUTDOWN_SIGNALS`: the signals that begin a shutdown, as far as the platform has them.
"""

from __future__ import annotations

from .cancellation_token import CancellationToken
from .graceful_nursery import GracefulNursery, open_graceful_nursery
from .report import CutOffTask, ShutdownReport
from .signals import SHUTDOWN_SIGNALS
from .tcp_server import serve_tcp

__all__ = [
    "SHUTDOWN_SIGNALS",
    "CancellationToken",
    "CutOffTask",
    "GracefulNursery",
    "ShutdownReport",
    "open_graceful_nursery",
    "serve_tcp",
]
