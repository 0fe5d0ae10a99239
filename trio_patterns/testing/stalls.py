"""``fail_when_stalled``: a test that would hang fails at once, and says who waits for what."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import final

import trio

from .._core.frames import module_of, own_frame
from .._core.groups import leaves
from .stall_breaker import break_stall
from .standstill import is_nothing_due, is_stalled, threads_now, users_tasks
from .wait_graph import WaitGraph, wait_graph

__all__ = ["StallWatch", "Stalled", "fail_when_stalled"]


class Stalled(AssertionError):  # noqa: N818 - it says what has happened
    """All tasks wait, no deadline is pending, and nothing outside can wake one: a deadlock."""

    def __init__(self, graph: WaitGraph) -> None:
        self.graph = graph
        """Who waits for what, and who holds it."""
        super().__init__(f"every task waits, and nothing will wake one\n{graph}")


@final
class StallWatch(trio.abc.Instrument):
    """Notices a standstill of a whole run, and wakes its tasks."""

    def __init__(self, on_stall: Callable[[WaitGraph], object], scope: trio.CancelScope) -> None:
        self._on_stall = on_stall
        self._scope = scope
        self._threads = threads_now()
        #: The first standstill.
        self.graph: WaitGraph | None = None

    def before_io_wait(self, timeout: float) -> None:
        if trio.lowlevel.current_statistics().tasks_runnable or not is_nothing_due():
            return
        if not is_stalled(self._threads):
            return
        tasks = [task for task in users_tasks() if not _is_machinery(task)]
        if self.graph is None:
            self.graph = wait_graph(tasks)
            self._on_stall(self.graph)
        for attempt in (1, 2, 3):
            if not trio.lowlevel.current_statistics().tasks_runnable:
                break_stall(attempt, self._scope, tasks)
        # trio has decided already how long to wait for I/O; this ends the wait.
        trio.lowlevel.current_trio_token().run_sync_soon(_nothing)


def _is_machinery(task: trio.lowlevel.Task) -> bool:
    """Tell whether a task is of pytest-trio or of this package's plugin: it only waits for the test."""
    frames = list(task.iter_await_frames())
    if any(module_of(frame) == "trio_patterns.testing.pytest_plugin" for frame, _ in frames):
        return True
    found = own_frame(frames)
    return found is not None and module_of(found[0]).startswith("pytest_trio")


def _nothing() -> None:
    pass


@final
class fail_when_stalled:  # noqa: N801 - it is used like a function
    """Fail at once, instead of hanging, when all tasks of this run wait and nothing can wake one.

    For tests. Without it a deadlock shows as a timeout, minutes later and without a reason. It is not for
    production: it looks at the whole run, and wakes tasks with force.

    Synopsis::

        async def test_transfer():
            with fail_when_stalled():
                await transfer(a, b)

    As a pytest fixture of the same name, taken as an argument, it covers the whole test.

    Yields:
      Nothing.

    Raises:
      Stalled: in place of what the block would have raised, with the wait graph.
      RuntimeError: if it is used outside a run of trio.

    Cancellation:
      At a standstill the block is cancelled. If that wakes nobody, shields are lowered, and then waits fail.
      A cancellation from outside goes through as always.

    Cost:
      A few microseconds whenever the run looks for I/O. A task that sleeps, or waits for a thread, a socket,
      a process, a signal or another library's event loop, is no standstill; nor is one that waits in a way
      of its own (``wait_task_rescheduled`` in your code), nor any as long as a thread works that was started
      within the block.

    Source:
      Go's "all goroutines are asleep - deadlock!".
    """

    def __init__(self) -> None:
        self._scope = trio.CancelScope()
        self._watch = StallWatch(lambda graph: None, self._scope)

    def __enter__(self) -> None:
        trio.lowlevel.add_instrument(self._watch)
        self._scope.__enter__()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        trio.lowlevel.remove_instrument(self._watch)
        caught, error = False, exc
        try:
            caught = self._scope.__exit__(exc_type, exc, traceback)
        except BaseException as remaining:  # noqa: ASYNC103 - what it took the cancellations out of
            error = remaining
        if self._watch.graph is None:
            return caught
        if (
            not caught
            and error is not None
            and any(isinstance(leaf, trio.Cancelled) for leaf in leaves(error))
        ):
            return False  # the block is cancelled from outside too, and that goes first
        raise Stalled(self._watch.graph) from (None if caught else error)
