"""Run somebody's script as if Python had started it, with an instrument in each of its trio runs."""

from __future__ import annotations

import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from unittest import mock

import trio

from .._core.groups import leaves
from .._core.scheduler_door import is_open, task_order

__all__ = ["INTERRUPTED", "run_script"]

INTERRUPTED = 130


def run_script(
    script: str,
    arguments: Sequence[str],
    *,
    module: bool,
    virtual_time: bool,
    record: Callable[[], trio.abc.Instrument],
) -> int:
    """Run a script, or a module by its name, and return the exit status that Python would give it.

    ``record`` is called for an instrument at the beginning of each run. What the script raises is printed.
    """
    runs = _Runs()
    with _as_main(script, arguments, module=module), _instrumented(record, runs, virtual_time=virtual_time):
        status = _run(script, module=module)
        try:
            runs.wait()
        except KeyboardInterrupt:
            status = INTERRUPTED
    return status


def _run(script: str, *, module: bool) -> int:
    try:
        if module:
            runpy.run_module(script, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(script, run_name="__main__")
    except SystemExit as leave:
        return _status(leave.code)
    except BaseException as exc:  # noqa: ASYNC103 - a script's end, outside of any run of trio
        _print(exc, script)
        interrupted = any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves(exc))
        return INTERRUPTED if interrupted else 1  # noqa: ASYNC104
    return 0


class _Runs:
    """The runs of a script that other threads are at."""

    def __init__(self) -> None:
        self._under_way: list[threading.Event] = []

    @contextmanager
    def one(self) -> Generator[None]:
        done = threading.Event()
        if not threading.current_thread().daemon:  # Python does not wait for daemons either
            self._under_way.append(done)
        try:
            yield
        finally:
            done.set()

    def wait(self) -> None:
        """Wait for all that there are now, as Python does for their threads when a script has ended."""
        for done in self._under_way:
            done.wait()


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


@contextmanager
def _as_main(script: str, arguments: Sequence[str], *, module: bool) -> Generator[None]:
    folder = "" if module else str(Path(script).resolve().parent)
    with mock.patch.object(sys, "argv", [script, *arguments]), mock.patch.object(sys, "path", [*sys.path]):
        sys.path.insert(0, folder)
        yield


@contextmanager
def _instrumented(
    record: Callable[[], trio.abc.Instrument], runs: _Runs, *, virtual_time: bool
) -> Generator[None]:
    run, guest = trio.run, trio.lowlevel.start_guest_run

    def add(kwargs: dict[str, Any]) -> dict[str, Any]:
        if virtual_time and kwargs.get("clock") is None:
            from trio.testing import MockClock  # it loads pytest

            kwargs["clock"] = MockClock(autojump_threshold=0)
        kwargs["instruments"] = [*kwargs.get("instruments", ()), record()]
        return kwargs

    def recorded_run(*args: Any, **kwargs: Any) -> Any:
        # As trio orders tasks at random, it is the order that makes a picture repeat.
        order = task_order(lambda batch: None) if virtual_time and is_open() else nullcontext()
        with runs.one(), order:
            return cast("Any", run)(*args, **add(kwargs))

    def recorded_guest_run(*args: Any, **kwargs: Any) -> None:
        cast("Any", guest)(*args, **add(kwargs))

    with (
        mock.patch.object(trio, "run", recorded_run),
        mock.patch.object(trio.lowlevel, "start_guest_run", recorded_guest_run),
    ):
        yield


def _print(exc: BaseException, script: str) -> None:
    """Print a traceback that begins in the script, as it would without us."""
    first = exc.__traceback__
    while first is not None and not _belongs_to(first, script):
        first = first.tb_next
    traceback.print_exception(exc.with_traceback(first or exc.__traceback__))


def _belongs_to(step: TracebackType, script: str) -> bool:
    own = {__name__, runpy.__name__}
    frame = step.tb_frame
    return (
        frame.f_globals.get("__name__") not in own and not frame.f_code.co_filename.startswith("<frozen")
    ) or frame.f_code.co_filename == script
