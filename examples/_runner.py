"""Run one example in this process, under virtual time unless it needs the real clock."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import trio
import trio.testing

from ._catalogue import ROOT

__all__ = ["ExampleError", "execute", "load", "run_example"]

#: Real seconds after which an example counts as hung. Virtual time costs none, `REAL_TIME` scripts take < 1.
PATIENCE = 30.0


class ExampleError(Exception):
    """An example raised, hung, or left something behind; ``output`` is what it had printed until then."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


def run_example(path: Path) -> str:
    """Run the example at ``path`` and return what it printed; raise `ExampleError` if it did not end well."""
    captured = io.StringIO()
    try:
        with contextlib.redirect_stdout(captured):
            execute(path)
    except ExampleError as failure:
        failure.output = captured.getvalue()
        raise
    return captured.getvalue()


def execute(path: Path, *, real_time: bool = False, patience: float = PATIENCE) -> float:
    """Run the example at ``path``, its output going where it goes, and return the seconds on its clock."""
    with load(path) as module, _nothing_left_behind(path):
        real_time = real_time or bool(getattr(module, "REAL_TIME", False))
        clock = None if real_time else trio.testing.MockClock(autojump_threshold=0)
        try:
            return trio.run(_supervise, module, patience, clock=clock)
        except ExampleError:
            raise
        except SystemExit as leave:
            if leave.code not in (None, 0):
                raise ExampleError(f"{path.name} ended with exit status {leave.code}") from leave
            return 0.0
        except Exception as exc:
            raise ExampleError(f"{path.name} raised {type(exc).__name__}: {exc}") from _own_part(exc, path)
        except BaseExceptionGroup as group:
            if group.subgroup(KeyboardInterrupt):
                raise KeyboardInterrupt from group
            raise ExampleError(f"{path.name} raised {group!r}") from _own_part(group, path)


def _own_part(exc: BaseException, path: Path) -> BaseException:
    """Let the traceback begin in the example: how the runner called it is of no interest."""
    traceback = exc.__traceback__
    while traceback is not None and Path(traceback.tb_frame.f_code.co_filename) != path.resolve():
        traceback = traceback.tb_next
    return exc if traceback is None else exc.with_traceback(traceback)


async def _supervise(module: ModuleType, patience: float) -> float:
    start = trio.current_time()
    token = trio.lowlevel.current_trio_token()
    with trio.CancelScope() as scope:
        # Under a virtual clock a deadlock is silence, not a timeout, so only a real thread can notice it.
        def give_up() -> None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(lambda: scope.cancel(reason="the runner's patience"))

        watchdog = threading.Timer(patience, give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            await module.main()
        finally:
            watchdog.cancel()
    if scope.cancelled_caught:
        raise ExampleError(f"{module.__name__} was still running after {patience:g} s of real time")
    return trio.current_time() - start


@contextlib.contextmanager
def load(path: Path) -> Iterator[ModuleType]:
    """Import the script afresh, under the name by which a worker process could import it too."""
    path = path.resolve()
    name = (
        f"examples.{path.parent.name}.{path.stem}" if path.is_relative_to(ROOT) else f"_example_{path.stem}"
    )
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ExampleError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        try:
            spec.loader.exec_module(module)
        except Exception as exc:
            raise ExampleError(f"{path.name} can't be imported: {type(exc).__name__}: {exc}") from exc
        if not callable(getattr(module, "main", None)):
            raise ExampleError(f"{path.name} has no `async def main()`")
        yield module
    finally:
        if before is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = before


@contextlib.contextmanager
def _nothing_left_behind(path: Path) -> Iterator[None]:
    """Put back what an example changed in the process; refuse what it should have put back itself."""
    numbers = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not None]
    handlers = {number: signal.getsignal(number) for number in numbers}
    environment, folder, dice = dict(os.environ), Path.cwd(), random.getstate()
    log, level, sinks = logging.getLogger(), logging.getLogger().level, list(logging.getLogger().handlers)
    try:
        yield
    finally:
        # A script may set up logging and seed `random` as it likes: a script owns its process. Not so here.
        random.setstate(dice)
        log.setLevel(level)
        log.handlers[:] = sinks
        left = []
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
                left.append(f"a handler for {number.name}")
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
            left.append("environment variables")
        if Path.cwd() != folder:
            os.chdir(folder)
            left.append("another working directory")
    if left:
        raise ExampleError(f"{path.name} left behind: {', '.join(left)}")
