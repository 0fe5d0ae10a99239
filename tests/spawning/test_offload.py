"""`offload`: blocking work in a trio thread or in an executor."""

from __future__ import annotations

import threading

from trio_patterns.spawning import offload


async def test_offload_runs_in_another_thread():
    assert await offload(threading.get_ident) != threading.get_ident()
