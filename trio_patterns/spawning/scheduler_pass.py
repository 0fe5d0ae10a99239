"""The end of a scheduler pass: the one moment at which ties are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import trio

__all__ = ["at_end_of_pass"]


@final
class _PassEnd(trio.abc.Instrument):
    def __init__(self, fn: Callable[[], object]) -> None:
        self._fn = fn

    def after_io_wait(self, timeout: float) -> None:
        trio.lowlevel.remove_instrument(self)
        self._fn()


def at_end_of_pass(fn: Callable[[], object]) -> None:
    """Call ``fn`` once every task that is ready now has had its turn, and before any other gets one.

    trio runs the tasks that are ready in passes, in random order within a pass. So tasks that were woken at
    the same moment are done with their step when ``fn`` is called, whatever the order was. (Calling at
    once from the first of them would be too early, and not only for the order: a ``sleep`` that is over, but
    has not had its turn, turns into a cancellation if a scope around it is cancelled.)

    There must be a task that is ready for the next pass, or ``fn`` may be called late.
    """
    trio.lowlevel.add_instrument(_PassEnd(fn))
