"""`install_dump_signal`: a signal that makes a running program say where its tasks are."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
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
        another thread if this is called inside of the run. Or if the platform has no signal to spare.
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
    raise RuntimeError("this platform has no signal to spare; name one as signum=")


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
            # If somebody has installed another handler since, that one stays.
            if signal.getsignal(self._signum) == self._handle:
                signal.signal(self._signum, self._below())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def _below(self) -> Handler:
        """Return the handler that was there before, unless that was one of ours and is removed by now."""
        former = self._former
        while isinstance(owner := getattr(former, "__self__", None), DumpSignal) and not owner._installed:
            former = owner._former
        return former

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if not self._installed:  # a handler that was installed later has put this one back
            former = self._below()
            if callable(former):
                former(signum, frame)
            return
        try:
            text = self._tree(frame)
        except Exception as exc:
            # The tree of a run in another thread may change while it is read.
            text = "".join(traceback.format_exception_only(exc))
        _write(self._file or sys.stderr, f"tasks at signal {signum}:\n{text}")

    def _tree(self, frame: FrameType | None) -> str:
        root, running = self._root, None
        if trio.lowlevel.in_trio_run():
            root = trio.lowlevel.current_root_task()
            running = trio.lowlevel.current_task() if trio.lowlevel.in_trio_task() else None
        return tree_of(root, running, frame, stacks=self._stacks)


def _write(file: TextIO | None, text: str) -> None:
    """Write to a stream if it takes it. A handler that raised would do so in the middle of the program."""
    if file is None:
        return  # there is no stderr
    encoding = getattr(file, "encoding", None) or "utf-8"
    data = text.encode(encoding, "backslashreplace")
    try:
        file.write(data.decode(encoding))
        file.flush()
    except RuntimeError:  # the program was just writing to it
        with suppress(Exception):
            os.write(file.fileno(), data)
    except Exception:
        pass
