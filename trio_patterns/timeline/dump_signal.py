"""`install_dump_signal`: a signal that makes a running program say where its tasks are."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self, TextIO, final

import trio

from .dump import tree_of

__all__ = ["DumpSignal", "install_dump_signal"]

Handler = Callable[[int, FrameType | None], Any] | int | None


def install_dump_signal(
    signum: int | None = None, *, stacks: bool = True, file: TextIO | None = None
) -> DumpSignal:
    """Let a signal print `dump_tasks` to stderr: ``kill -USR1 <pid>``, and the program goes on.

    It answers also when trio's loop does not run, as when a task calls `time.sleep` or computes: the task
    that runs is named, with its line. It is not for graceful shutdown; that is
    `trio_patterns.shutdown.open_graceful_nursery`.

    Synopsis::

        install_dump_signal()  # for as long as the program runs
        trio.run(main)

        with install_dump_signal():  # or for a block
            ...

    Args:
      signum: The signal; by default ``SIGUSR1``, or ``SIGBREAK`` (Ctrl-Break) on Windows.
      stacks: Whether to show all lines of yours that led to each wait.
      file: Where to write; by default what `sys.stderr` is when the signal comes.

    Returns:
      What is installed: a context manager, and ``remove()`` puts the former handler back.

    Raises:
      RuntimeError: if it is not called in the main thread, where Python handles signals. trio may run in
        another thread if this is called inside of the run.
      ValueError: if there is no such signal.

    Cancellation:
      The handler raises nothing and wakes no task.

    Cost:
      Nothing until the signal comes.

    Source:
      Go's SIGQUIT and Java's ``kill -3``, which print every goroutine and thread; here every task.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("install_dump_signal must be called in the main thread, as signal.signal must")
    return DumpSignal(_default_signal() if signum is None else signum, stacks=stacks, file=file)


def _default_signal() -> int:
    for name in ("SIGUSR1", "SIGBREAK"):
        found = getattr(signal, name, None)
        if found is not None:
            return int(found)
    raise RuntimeError("this platform has no signal to spare; name one as signum=")  # pragma: no cover


@final
class DumpSignal:
    """An installed handler, made by `install_dump_signal`."""

    def __init__(self, signum: int, *, stacks: bool, file: TextIO | None) -> None:
        self._stacks = stacks
        self._file = file
        # A run that is under way may be in any thread; one that begins later is in this one.
        self._root = trio.lowlevel.current_root_task() if trio.lowlevel.in_trio_run() else None
        self._signum = signum
        self._former: Handler = signal.signal(signum, self._handle)
        self._installed = True

    def remove(self) -> None:
        """Put the former handler back; the second time it does nothing. Main thread only."""
        if self._installed:
            self._installed = False
            signal.signal(self._signum, self._former)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        root, running = self._root, None
        if trio.lowlevel.in_trio_run():
            root = trio.lowlevel.current_root_task()
            running = trio.lowlevel.current_task() if trio.lowlevel.in_trio_task() else None
        text = tree_of(root, running, frame, stacks=self._stacks)
        print(f"tasks at signal {signum}:\n{text}", end="", file=self._file or sys.stderr, flush=True)
