"""What a run left behind: open generators, tasks that run on, resources that only the collector freed."""

from __future__ import annotations

import gc
import sys
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from types import AsyncGeneratorType
from typing import Any, cast, final

import trio

__all__ = ["LeakWatch"]

#: So many objects are frozen only if somebody has asked for it; Python 3.12 starts with a few hundred.
FROZEN = 1000
#: What Python says of a coroutine that was made and never awaited.
_NEVER_AWAITED = r"coroutine .* was never awaited"


@final
class LeakWatch:
    """Watches many runs, one after the other, for what each of them leaves behind.

    Between runs it collects garbage, so that what is found belongs to the run that made it. That is cheap
    (about 0.1 ms a run) because everything that existed before is taken out of the collector's sight.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        self._generators: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()

    @contextmanager
    def watching(self) -> Generator[None]:
        """Watch warnings and unraisable exceptions, with the garbage collector under control."""
        unraisable = sys.unraisablehook
        was_enabled, froze = gc.isenabled(), gc.get_freeze_count() < FROZEN
        if froze:
            gc.freeze()  # the garbage that is there already, too: nobody finds it before the end
        else:
            gc.collect()
        gc.disable()
        sys.unraisablehook = self._note_unraisable
        try:
            with warnings.catch_warnings():
                show = warnings.showwarning
                warnings.simplefilter("always", ResourceWarning)
                warnings.filterwarnings("always", _NEVER_AWAITED, RuntimeWarning)
                warnings.showwarning = self._noting(show)
                yield
        finally:
            sys.unraisablehook = unraisable
            if froze:
                gc.unfreeze()
            if was_enabled:
                gc.enable()

    def _noting(self, show: Callable[..., object]) -> Callable[..., None]:
        def showwarning(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: Any = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, ResourceWarning) or "never awaited" in str(message):
                if "Async generator" not in str(message):  # it is noted where it happens
                    self._found.append(f"{category.__name__}: {message}")
            else:
                show(message, category, filename, lineno, file, line)

        return showwarning

    def _note_unraisable(self, unraisable: Any) -> None:
        # Not the object itself: that would bring it back to life.
        self._found.append(f"exception that nobody could catch: {unraisable.exc_value!r}")

    @contextmanager
    def generators(self) -> Generator[None]:
        """Watch the async generators that start within the block, in a run of trio."""
        before = sys.get_asyncgen_hooks()
        # A generator keeps its hooks, which the collector does not see: they must lead nowhere afterwards.
        hooks = [before]

        def first(generator: AsyncGenerator[Any, Any]) -> None:
            self._generators.add(generator)
            assert hooks[0].firstiter is not None, "trio has set it"
            hooks[0].firstiter(generator)

        def final(generator: AsyncGenerator[Any, Any]) -> None:
            self._note_open(generator)
            for hook in hooks:
                assert hook.finalizer is not None, "trio has set it"
                hook.finalizer(generator)

        sys.set_asyncgen_hooks(first, final)
        try:
            yield
            for generator in list(self._generators):
                if cast("AsyncGeneratorType[Any, Any]", generator).ag_frame is not None:
                    self._note_open(generator)
        finally:
            sys.set_asyncgen_hooks(*before)
            hooks.clear()
            self._generators.clear()

    def _note_open(self, generator: AsyncGenerator[Any, Any]) -> None:
        code = cast("AsyncGeneratorType[Any, Any]", generator).ag_code
        text = f"async generator {code.co_qualname} was not closed ({code.co_filename}:{code.co_firstlineno})"
        if text not in self._found:
            self._found.append(text)

    def note_tasks(self, tasks: set[trio.lowlevel.Task]) -> None:
        """Note tasks that outlive the program which started them."""
        self._found.extend(f"task {task.name} still runs" for task in sorted(tasks, key=lambda t: t.name))

    def collect(self) -> list[str]:
        """Return what was found since the last call, after a look for what only the collector frees."""
        gc.collect()
        found, self._found = self._found, []
        return found
