"""The root of the library's own errors, and what counts as a limiter."""

from __future__ import annotations

import trio

from trio_patterns import TrioPatternsError
from trio_patterns._core.limiter import Limiter
from trio_patterns.spawning import TaskCancelled, TaskNotDone


def test_own_errors_have_one_root():
    assert issubclass(TrioPatternsError, Exception)
    assert issubclass(TaskNotDone, TrioPatternsError)
    assert issubclass(TaskCancelled, TrioPatternsError)
    assert not issubclass(trio.WouldBlock, TrioPatternsError)


def test_a_capacity_limiter_is_a_limiter_and_a_semaphore_is_none():
    assert isinstance(trio.CapacityLimiter(1), Limiter)
    assert not isinstance(trio.Semaphore(1), Limiter)
    assert not isinstance(3, Limiter)
